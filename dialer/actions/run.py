"""`dialer run`, in two steps without a terminal: a list becomes a run, a run calls, and calls become results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.redaction import one_line
from dialer.domain.run import NewRun
from dialer.errors import RefusedError, SetupError
from dialer.session.carried import carry_terms
from dialer.session.complaints import Complaints
from dialer.session.dialling import dialled, leaving_work
from dialer.session.files import as_it_is, check_paths, spare_results
from dialer.session.list_name import named_after
from dialer.session.list_waiting import not_whole, until_whole
from dialer.session.may_begin import (
    refuse_finished,
    refuse_for_nobody,
    refuse_late,
    refuse_late_start,
    refuse_old,
    refuse_unexpected,
)
from dialer.session.pick_list import find_list, new_lists
from dialer.session.plan import make_plan, open_contacts
from dialer.session.prepared import Begun, Prepared
from dialer.session.results_place import ResultsPlace, latest_of, results_place
from dialer.session.retention import pruned_after
from dialer.session.several_runs import SeveralRuns, one_after_another
from dialer.session.stop import Stop
from dialer.session.summary import sum_up
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.domain.contact import Contact, Reject
    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.ledger.port import Ledger
    from dialer.lists.contacts import ContactList
    from dialer.reports.summary import Summary
    from dialer.session.plan import Plan
    from dialer.session.request import Request


def prepare(request: Request, env: Mapping[str, str], *, waited_for: Path | None = None) -> PreparedRun:
    """Check a list, its campaign and all settings for a run; nothing is written, and nobody is dialled.

    `waited_for` is the list that was found to be whole, where it was waited for; another one has to be so by its dates.
    Raises SetupError with everything that is wrong, and NothingToDoError, WorkLeftError or RefusedError where all is
    well and there would still be nobody to dial, or it is too late to.
    """
    began, choices = monotonic(), request.choices
    complaints = Complaints()
    passed: list[str] = []
    path = find_list(request.contacts, choices, complaints, env=env, told=passed)
    plan = make_plan(choices, env, complaints, name=named_after(path))
    if path and path != waited_for and (why := not_whole(path, plan.campaign.list_, request.now())):
        complaints.raise_if_any()
        raise RefusedError(f"{one_line(str(path))} is not whole: {why}; no run was begun")
    opened = open_contacts(path, plan, complaints, today=request.now().date())
    results = results_place(plan, path, request.output, complaints, request.now()) if path else None
    log = log_path(plan.ledger, given=request.log)
    results_file = results.of(0, request.now()) if results else None
    _check_files(plan, path, results=results_file, delta=request.delta, log=log, complaints=complaints)
    if opened:
        complaints.collect(opened.prove_readable, None)
    complaints.raise_if_any()
    if path is None or opened is None or results is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    if opened.cut_row:
        passed.append(f"row {opened.cut_row} has no line end, so the list may have been cut off: it is not dialled")
    prepared = PreparedRun(
        plan=plan,
        request=request,
        log=log,
        agreed=request.agreed,
        notes=tuple(passed),
        clock_began=began,
        contacts=opened,
        path=path,
        results=results,
    )
    prepared.prove_begun()
    return prepared


def _check_files(
    plan: Plan, path: Path | None, *, results: Path | None, delta: Path | None, log: Path, complaints: Complaints
) -> None:
    latest = latest_of(plan, path)
    check_paths(
        complaints,
        ledger=plan.ledger,
        campaign=plan.choices.campaign,
        contacts=path,
        results=results,
        latest=latest,
        delta=delta,
        log=log,
    )
    spare_results(complaints, plan.ledger, {"[results] latest": latest})


async def dial(
    prepared: Prepared,
    *,
    observers: Sequence[Observer] = (),
    stop: Stop | None = None,
    tell: Callable[[Summary], object] = lambda _: None,
) -> Summary:
    """Dial what is prepared, here or by `resume`, in the running loop; return how it went.

    A run counts as finished when `tell` has returned, which is given the summary first: one that dies before is gone on
    with, and not begun again. What keeps the loop busy, what cancelling does and what is raised stands at
    `session.dialling.dialled`.
    """
    async with dialled(prepared, observers=observers, stop=stop or Stop()) as done:
        with leaving_work(done.run.number):
            summary = sum_up(replace(done, notes=(*done.notes, *pruned_after(done, prepared))), prepared)
        tell(summary)
        for run in (done.run, *(each.run for each in done.carried)):
            with leaving_work(run.number):
                done.ledger.close_if_over(run.number, now=prepared.request.now())
    return summary


def lists_to_run(request: Request, env: Mapping[str, str]) -> Sequence[Path | None]:
    """Tell which lists are dialled: the one that is meant, or all that are new where the campaign picks all of them.

    None is the one that `prepare` picks. With a limit it is the oldest of the new ones alone. Raises SetupError where
    every list would be dialled once more.
    """
    new = new_lists(request.choices, env) if request.contacts is None else ()
    if new and (request.list_again or request.new):
        raise SetupError("the campaign picks all lists that are new: name the one that is to be dialled again")
    return new[: 1 if request.limit else None] or [request.contacts]


async def run_all(
    lists: Sequence[Path | None],
    request: Request,
    env: Mapping[str, str],
    *,
    tell: Callable[[Summary], object],
    complain: Callable[[str], object],
    observers: Sequence[Observer] = (),
    stop: Stop,
) -> SeveralRuns:
    """Wait for each list until it is whole and dial it, one after the other; tell of each."""

    async def dial_list(path: Path | None) -> Summary:
        asked = replace(request, contacts=path)
        whole = await until_whole(asked, env, stop=stop, observers=observers)
        prepared = prepare(asked, env, waited_for=whole)
        return await dial(prepared, observers=observers, stop=stop, tell=tell)

    return await one_after_another(
        {one_line(str(path)): partial(dial_list, path) for path in lists}, request.choices, complain=complain
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRun(Prepared):
    """A list that is ready to be dialled; where an unfinished run is of the same list, that one is gone on with."""

    has_list = True

    contacts: ContactList
    path: Path
    results: ResultsPlace

    def prove_begun(self) -> None:
        """Raise what keeps the run from being begun now, or gone on with."""
        plan, now, new = self.plan, self.request.now(), self.request.new
        with as_it_is(plan.ledger) as ledger:
            if new or not (ledger and ledger.unfinished(plan.campaign.name, self.contacts.digest)):
                refuse_old(plan, self.path, now)
            before = self.unfinished(ledger) if ledger else None
            refuse_late(plan, now)
            refuse_late_start(plan, now, begun=before.started_at if before and not new else None)
            if new or not before:
                refuse_unexpected(ledger, plan, self.contacts, self.path)
                refuse_for_nobody(plan, self.contacts, self.path, now=now, again=self.request.again)

    def begin(self, ledger: Ledger, observer: Observer) -> Begun:
        """Continue the unfinished run of the list, or load the list as a new one."""
        before, request = self.unfinished(ledger), self.request
        if before and not request.new:
            self.results.make_folder(before.started_at)
            return Begun(replace(before, results=self.results.of(before.number, before.started_at)), before)
        if before:
            ledger.abandon(before.number, now=request.now())
        now = request.now()
        if self.plan.campaign.contacts:
            observer.picked(self.path)
        self.results.make_folder(now)
        new = NewRun(
            campaign=self.plan.campaign.name,
            provider=self.plan.provider,
            list_path=self.path.absolute(),
            digest=self.contacts.digest,
            results=None,
            headings=self.contacts.headings,
            settings=self.plan.record(),
        )
        loaded = ledger.load(
            new,
            self._items(observer),
            now=now,
            results=lambda number: self.results.of(number, now),
            carry=carry_terms(self.plan.campaign.run),
        )
        return Begun(loaded, before)

    def unfinished(self, ledger: Ledger) -> Run | None:
        """Find the run of this list that has work left; raises NothingToDoError where there was one and it has none."""
        plan, request = self.plan, self.request
        unfinished = ledger.unfinished(plan.campaign.name, self.contacts.digest)
        if unfinished is None and not request.list_again:
            refuse_finished(ledger, plan, self.contacts, self.path)
        if unfinished and unfinished.provider != plan.provider and not request.new:
            raise SetupError(
                f"run {unfinished.number} of this list was begun with {unfinished.provider}: "
                f"resume it there, or give --new to begin again with {plan.provider}"
            )
        return unfinished

    def _items(self, observer: Observer) -> Iterator[Sequence[Contact | Reject]]:
        observer.loaded(0, self.contacts.size)
        for screened in self.contacts.chunks():
            yield screened.items()
            observer.loaded(screened.bytes_read, self.contacts.size)
        observer.loaded(self.contacts.size, self.contacts.size)
