"""NEM12 and NEM13 files as a metering provider writes them."""

HEADER = "100,NEM12,202603071200,TOWN,UTILITIES"
OF_D1 = "200,P0,E1,1,E1,N,D1,KWH,30,"


def day(on="20260305", *, value="0.5", quality="A", reason="", count=48):
    """A record 300 of so many equal quantities."""
    return f"300,{on},{','.join([value] * count)},{quality},{reason},,20260307120000,"


def of(values, on="20260305", quality="A"):
    """A record 300 of these quantities."""
    return f"300,{on},{','.join(values)},{quality},,,20260307120000,"


def nem12(*lines, header=HEADER, end="900"):
    """A file of records 200, 300 and 400."""
    return "\r\n".join([header, *lines, end]) + "\r\n"


def nem13(*lines):
    """A file of records 250."""
    return "\n".join(["100,NEM13,202603071200,TOWN,UTILITIES", *lines, "900"])


def reading(
    *, meter="D1", before="100", before_at="20260131090000", value="152.5", at="20260305093000", quality="A",
    reason="", quantity="52.5", direction="E", unit="KWH",
):  # fmt: skip
    """A record 250."""
    return (
        f"250,P0,E1,1,11,N,{meter},{direction},{before},{before_at},A,,,{value},{at},{quality},{reason},,{quantity},{unit},"
        ",20260307120000,"
    )
