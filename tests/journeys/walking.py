"""Somebody in front of a screen, who knows only what stands on it.

After the first page nobody types an address: whatever is done is found by its visible words, in
the reader's language.
"""

from __future__ import annotations

import re

from django.utils import translation
from playwright.sync_api import expect

from tests.cases.brought import meters_for
from tests.connections.conftest import picture
from tongdian.cases import queries
from tongdian.cases.models import Case, OpenStage
from tongdian.policy.process import VERBS

PASSWORD = "walking-through-12"
ON_BUTTONS = {  # what verbs are called, in both languages beside each other
    words.en: words for verb in VERBS.values() for words in (verb.title, verb.button) if words
}
SCREENS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}


class Reader:
    """A browser with somebody who reads one language."""

    def __init__(self, *, page, language, findings):
        self.page, self._findings = page, findings
        self.language = "en" if language == "en" else "zh"

    def say(self, text, **told):
        """A text as this reader meets it."""
        if text in ON_BUTTONS:
            return ON_BUTTONS[text].say(self.language)
        with translation.override("en" if self.language == "en" else "zh-hans"):
            said = translation.gettext(text)
        return said % told if told else said

    def titled(self, case, stage):
        """The title of a stage as this reader meets it."""
        return queries.desk(case).wording.stages[stage].title.say(self.language)

    def link(self, text, **told):
        """Follow a link by its words."""
        self.page.get_by_role("link", name=self.say(text, **told)).first.click()

    def press(self, text, **told):
        """Press a button by its words."""
        self.page.get_by_role("button", name=self.say(text, **told)).first.click()

    def look(self):
        """Nothing is in the way of anybody, and nothing runs off the screen."""
        assert self._findings(self.page) == [], self.page.url
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"], self.page.url

    def answer(self, name, value, *, form="#act"):
        """A question of the form: chosen, or written."""
        field = self.page.locator(f"{form} [name='{name}']")
        if field.first.get_attribute("type") == "radio":
            self.page.check(f"{form} [name='{name}'][value='{value}']")
        elif field.first.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


class Colleague(Reader):
    """Staff at a desk."""

    def __init__(self, username, **known):
        super().__init__(**known)
        self.username, self._has_looked = username, False
        self.link("Sign in")
        self.page.fill("[name=login]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.locator("main button").first.click()
        self.page.wait_for_url("**/")

    def home(self):
        """The home page, by the navigation."""
        self.link("Home")
        expect(
            self.page.locator(".home-figures").first
        ).to_be_visible()  # those of cases; an area may have its own

    def row(self, case, stage):
        """The line of a stage in the work list."""
        rows = self.page.locator(".work-rows li").filter(has_text=case.number)
        return rows.filter(has_text=self.titled(case, stage))

    def start(self, case, stage):
        """From home to the form of a stage."""
        self.home()
        row = self.row(case, stage)
        expect(row).to_have_count(1)
        row.get_by_role("link", name=self.say("Do it")).click()
        heading = self.page.get_by_role("heading", name=self.titled(case, stage), exact=True)
        expect(heading).to_be_visible()

    def look_at(self, case, stage):
        """From home to the page of the case."""
        self.home()
        self.row(case, stage).get_by_role("link", name=self.titled(case, stage)).first.click()
        expect(self.page.locator(".case-number")).to_have_text(case.number)

    def complete(self, case, stage, **answers):
        """Do a stage that waits at home: answer what is asked, send it."""
        self.start(case, stage)
        self.finish(case, stage, **answers)

    def finish(self, case, stage, *, evidence="", photo="", **answers):
        """Fill in the form that stands open, what is not said as the pack's examples do, and send it."""
        wording = queries.desk(case).wording
        asked = wording.products(stage, queries.state_of(case).facts)
        case.refresh_from_db()
        asked = asked | meters_for(case, wording.stages[stage], asked)
        answers = {f"fact__{name}": value for name, value in asked.items()} | answers
        rests_on_lines = self.page.locator("#act [name=evidence]").count()
        if not photo and not rests_on_lines and self.page.locator("#act [name=attached]").count():
            photo = stage
        for name, value in answers.items():
            self.answer(name.replace("__", "-"), value)
        if evidence and rests_on_lines:
            self.page.fill("#act [name=evidence]", evidence)
        if (
            photo and self.page.locator("#act [name=attached]").count()
        ):  # a stage with an effect asks for none
            self.page.set_input_files("#act [name=attached]", jpeg(photo))
        if not self._has_looked:  # the next form is of the same kind
            self.look()
            self._has_looked = True
        self.page.locator("#act").get_by_role("button", name=self.say("Complete this stage")).click()
        done = self.say("Done: %(what)s", what=self.titled(case, stage))
        expect(self.page.get_by_role("status").first).to_contain_text(done)
        assert not OpenStage.objects.filter(case=case, stage=stage).exists()

    def return_(self, case, stage, reason):
        """Send a stage back by the button of the case page."""
        self.look_at(case, stage)
        self.page.locator(".shell-actions").get_by_role(
            "link", name=self.say("Send back"), exact=True
        ).first.click()
        self.page.fill("#act [name=reason]", reason)
        self.page.locator("#act").get_by_role("button", name=self.say("Send back")).click()
        expect(self.page.get_by_role("status").first).to_be_visible()

    def draw_up(self):
        """What the customer is to sign, from the page of the case."""
        self.link("Draw up the agreement")
        self.press("Draw it up")
        expect(self.page.get_by_role("status").first).to_be_visible()
        self.look()

    def seal(self):
        """The office's own signature under every text, with the session and the password."""
        self.link("Sign for the office")
        self.look()
        self.page.check(".countersign [name=consent]")
        self.page.locator(".countersign").get_by_role("button").click()
        self.page.fill("[name=password]", PASSWORD)
        self.page.locator("main form button").first.click()
        expect(self.page.get_by_role("status").first).to_be_visible()
        expect(self.page.locator(".countersign")).to_have_count(0)

    def receive(self, item, title):
        """A paper over the counter, photographed."""
        row = self.page.locator(".paper-rows li").filter(has_text=title).first
        row.locator("summary").click()
        row.locator("[name=photo]").set_input_files(jpeg(item))
        expect(self.page.locator(".paper-file", has_text=f"{item}.jpg")).to_be_visible()

    def open_part(self, case, service, **answers):
        """A case that serves this one, from its page."""
        self.home()
        self.page.get_by_role("link", name=case.number).first.click()
        self.page.get_by_role("link", name=service).click()
        return self._open(answers)

    def open_case(self, service, *, customer, place, **answers):
        """Open a case at the counter: the service, for whom, where."""
        self.link("Cases")
        self.link("Open a case")
        self.page.get_by_role("link", name=service).first.click()
        self.page.fill("#find-customer", customer)
        self.page.locator(".seek:has(#find-customer) button").click()
        self.page.locator(".found button").first.click()
        self.page.fill("#find-place", place)
        self.page.locator(".seek:has(#find-place) button").click()
        self.page.locator(".found button").first.click()
        return self._open(answers)

    def _open(self, answers):
        for name, value in answers.items():
            self.answer(name.replace("__", "-"), value, form=".open-form")
        self.look()
        self.page.locator("button[name=open]").click()
        expect(self.page.get_by_role("status").first).to_be_visible()
        return Case.objects.get(number=self.page.locator(".case-number").inner_text())


class Applicant(Reader):
    """Somebody with a telephone in the hand."""

    def choose(self, office, service):
        """From the first page to what a service needs."""
        self.page.locator(".public-home").get_by_role("link", name=self.say("Apply")).click()
        self.page.get_by_role("link", name=re.compile(f"^{re.escape(office)}")).first.click()
        self.page.locator(".tiles").get_by_role("link", name=service).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(service)
        self.look()

    def papers_asked(self):
        """What the page of a service asks for with the application, but for what is filled in."""
        listed = self.page.locator(".asked").first.locator("li:not(:has(.tag))")
        return [one.strip() for one in listed.all_inner_texts()]

    def apply(self, *, who, where, find, what, papers):
        """The five screens. Each of the papers gets two photographs."""
        page = self.page
        self.press("Apply now")
        for name, value in who.items():
            page.fill(f"[name={name}]", value)
        page.check("[name=consent]")
        page.check("[name=consent_identity]")
        self.onward()
        page.locator("#q").press_sequentially(find)
        page.get_by_text(where).first.click()
        self.onward()
        for name, value in what.items():
            field = page.locator(f"[name='{name}']")
            field.check() if value is True else field.fill(value)
        self.onward()
        for title in papers:
            section = page.locator(".upload").filter(has_text=title)
            pages = [jpeg(f"{title}-{number}") for number in (1, 2)]
            section.locator("input[multiple]").set_input_files(pages)
            expect(section.locator(".thumbs img")).to_have_count(2)
        self.onward()
        self.look()
        self.press("Send the application")
        number = page.locator(".sent-number")
        expect(number).to_be_visible()
        self.look()
        return Case.objects.get(number=number.inner_text())

    def onward(self):
        """To the next screen."""
        self.look()
        before = self.page.url
        self.page.locator(".onward .btn-primary").click()
        self.page.wait_for_url(lambda url: url != before)

    def track(self, case, phone):
        """By number and telephone, as from a new browser."""
        self.page.locator(".public-nav, .public-home").get_by_role(
            "link", name=self.say("Track")
        ).first.click()
        self.page.fill("[name=number]", case.number)
        self.page.fill("[name=phone]", phone)
        self.press("Show")
        expect(self.page.locator(".case-number")).to_contain_text(case.number)
        self.look()

    def reload(self):
        """The same page again: what the offices did meanwhile."""
        self.page.reload()

    def todo(self, title):
        """What is theirs to do now: the button beside it."""
        line = self.page.locator(".todos li").filter(has_text=title)
        expect(line).to_have_count(1)
        line.get_by_role("link").click()

    def is_told(self, title):
        """Whether it is theirs to do, but not on this page: there is nothing to press."""
        line = self.page.locator(".todos li").filter(has_text=title)
        return line.count() == 1 and line.get_by_role("link").count() == 0

    def confirm(self, case, stage, **answers):
        """A stage of their own is done."""
        self.reload()
        self.todo(self.titled(case, stage))
        for name, value in answers.items():
            if name.startswith("given__"):
                self.answer(name.replace("__", "-"), value, form="form.screen")
            else:
                self.page.check(f"[name='fact-{name}'][value='{value}']")
        self.look()
        self.press("It is done")
        expect(self.page.get_by_role("status").first).to_be_visible()
        assert not OpenStage.objects.filter(case=case, stage=stage).exists()

    def hand_in_all(self):
        """Every paper that is missing, from the list of what is to be done."""
        self.reload()
        while waiting := self.page.locator(".todos a[href^='#paper-']").count():
            todo = self.page.locator(".todos a[href^='#paper-']").first
            section = self.page.locator(todo.get_attribute("href"))
            todo.click()
            section.locator("input[multiple]").set_input_files(jpeg(section.inner_text()[:20]))
            expect(self.page.locator(".todos a[href^='#paper-']")).to_have_count(waiting - 1)

    def sign(self, title, name):
        """Read it, ask for the code, write the name with the finger."""
        page = self.page
        self.todo(title)
        expect(page.locator(".contract").first).to_be_visible()
        self.press("Send me the code")
        expect(page.locator("#code-said")).to_contain_text(re.compile(r"\d{6}"))  # a demonstration
        page.fill("[name=code]", re.search(r"\d{6}", page.inner_text("#code-said"))[0])
        page.fill("[name=name]", name)
        draw(page)
        page.check("[name=consent]")
        self.look()
        page.locator(".signing .screen .btn-primary").click()
        page.wait_for_url("**/track/*/")

    def rate(self, score):
        """What they thought."""
        self.reload()
        self.link("Rate it")
        self.page.check(f"[name=score][value='{score}']")
        self.look()
        self.press("Send")
        self.page.wait_for_url("**/track/*/")


def jpeg(name):
    """A photograph of a paper."""
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture(name)}


def draw(page):
    """A name, as a finger would."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(6):
        page.mouse.move(box["x"] + 60 + step * 40, box["y"] + (90 if step % 2 else 20), steps=3)
    page.mouse.up()
