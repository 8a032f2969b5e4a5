"""What is refused of switches that protect. No table."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class ProtectedElsewhere(Refusal):
    """The coil of a protected switch under another unit."""

    says = Words(
        "该设备的这个线圈已登记为开关 {switch}，两者之一保护消防或生命：不少设备不分从站号，受保护的线圈只登记一次。",
        "That coil of the device is the switch {switch}, and one of the two protects: many devices answer to every "
        "unit, so a protected coil is entered once.",
    )
    field = "coil"
    status = 409


class ProtectionNeedsApproval(Refusal):
    """What protects is not changed by one person."""

    says = Words(
        "开关 {switch} 保护“{protects}”：解除保护、改地址或改线圈极性，须先由另一名负责人批准（“批准解除保护”），一次批准只用一次。",
        "Switch {switch} is for {protects}: that its protection comes off, or that it is wired otherwise, is approved "
        "first by a leader who is somebody else; each approval is for one change.",
    )
    status = 409


class NothingProtected(Refusal):
    """Only protection that is there comes off."""

    says = Words("开关 {switch} 没有保护对象。", "Switch {switch} protects nothing.")
    status = 409


class NothingWouldBeCut(Refusal):
    """A stop at a point of which every switch protects would be on record and never true."""

    says = Words(
        "“{point}”的开关都保护消防或生命（{switches}），永不切断，不能登记为停供；确须停供的，先由另一名负责人批准解除保护。",
        'Every switch of "{point}" protects ({switches}) and is never cut, so it is not recorded as stopped. Where it has '
        "to be, a leader approves first that the protection comes off.",
    )
    status = 409


class OneDeviceOneSwitch(Refusal):
    """The coil, or the relay of the meter, is another switch already."""

    says = Words(
        "该线圈或电表已登记为{switch}；同一设备在整个系统中只登记一次。",
        "That coil, or that meter, is {switch} already: a device is entered once in the whole installation.",
    )
