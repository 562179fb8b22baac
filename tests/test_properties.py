"""Whatever is answered, and whatever dies when: no row is lost, and no number that may have rung is dialled again."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from builders import (
    START,
    HandClock,
    ScriptedProvider,
    TroubledWork,
    a_bench,
    a_reject,
    a_run,
    a_settlement,
    awaited,
    contacts,
    in_jumping_time,
    number_of,
    outcomes,
    work_of,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dialer.domain.call import (
    MOVES,
    Accepted,
    HeldBack,
    NotSent,
    Outcome,
    Refused,
    RunMustStop,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.engine.ending import End, Ending
from dialer.engine.equal_refusals import AT_FIRST, PUT_BACK
from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

PROOF_OF_NO_CALL = (NotSent, Throttled, TokenEnded, RunMustStop)
MAY_BE_ASKED_AGAIN = (*PROOF_OF_NO_CALL, Refused)  #: a refusal that was one of many in the same words
ATTEMPTS = 3

retried = st.sampled_from([NotSent("dns"), Throttled("HTTP 429"), Throttled("HTTP 429", 1.0), TokenEnded("HTTP 401")])
final = st.sampled_from([Accepted("c-1", "queued"), Refused("HTTP 422"), Unclear("HTTP 500")])
fatal = st.just(RunMustStop("HTTP 403", "scope"))
answers = st.one_of(retried, final, retried, final, fatal)


class LedgerMachine(RuleBasedStateMachine):
    """A ledger whose user claims, answers, releases and dies in any order, beside a model of what was proven."""

    def __init__(self):
        super().__init__()
        self._folder = TemporaryDirectory()
        self._path = Path(self._folder.name) / "ledger.db"
        self._ledger = open_ledger(self._path)
        self._now = START
        self._open = []
        self._may_have_rung = set()
        self._seen = {}

    def teardown(self):
        self._ledger.__exit__()
        self._folder.cleanup()

    @initialize(dialled=st.integers(0, 8), rejected=st.integers(0, 2))
    def load(self, dialled, rejected):
        rows = [*contacts(dialled), *(a_reject(100 + row) for row in range(rejected))]
        self._rows = len(rows)
        a_run(self._ledger, rows)
        self._work = work_of(self._ledger, 1)

    @rule(want=st.integers(0, 4))
    def claim(self, want):
        claims = awaited(self._work.turn((), want=want, now=self._now))
        assert not self._may_have_rung & {claim.row for claim in claims}
        assert not {claim.row for claim in self._open} & {claim.row for claim in claims}
        self._open += claims

    @precondition(lambda self: self._open)
    @rule(data=st.data(), answer=answers)
    def hear(self, data, answer):
        claim = self._take(data)
        if not isinstance(answer, PROOF_OF_NO_CALL):
            self._may_have_rung.add(claim.row)
        awaited(self._work.turn([a_settlement(claim, answer, attempts=ATTEMPTS, at=self._now)], want=0, now=self._now))

    @precondition(lambda self: self._open)
    @rule(data=st.data())
    def release(self, data):
        awaited(self._work.release([self._take(data)]))

    @rule(seconds=st.sampled_from([0.5, 3, 200]))
    def wait(self, seconds):
        self._now += timedelta(seconds=seconds)

    @rule(limit=st.one_of(st.none(), st.integers(1, 8)))
    def die_and_resume(self, limit):
        self._may_have_rung |= {claim.row for claim in self._open}
        self._open = []
        self._ledger.__exit__()
        self._ledger = open_ledger(self._path, create=False)
        self._work = work_of(self._ledger, 1, limit=limit)

    def _take(self, data):
        return self._open.pop(data.draw(st.integers(0, len(self._open) - 1)))

    @invariant()
    def counts_add_up(self):
        assert sum(self._ledger.counts(1).values()) == self._rows

    @invariant()
    def every_move_is_legal(self):
        now = {row: Outcome(outcome) for row, outcome in outcomes(self._ledger, 1).items()}
        for row, outcome in now.items():
            before = self._seen.get(row, outcome)
            assert outcome in {before} | MOVES[before] | {after for step in MOVES[before] for after in MOVES[step]}
        self._seen = now

    @invariant()
    def open_calls_are_unknown_on_disk(self):
        on_disk = outcomes(self._ledger, 1)
        assert {on_disk[claim.row] for claim in self._open} <= {"unknown"}

    @invariant()
    def what_may_have_rung_is_final(self):
        on_disk = outcomes(self._ledger, 1)
        assert {on_disk[row] for row in self._may_have_rung} <= {"placed", "rejected", "unknown"}


LedgerMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
test_a_ledger_tells_the_truth_whatever_dies_when = LedgerMachine.TestCase


class Diary(ScriptedProvider):
    """Writes down what came of every request that left: its answer, or None while there is none."""

    def __init__(self, script, **how):
        super().__init__(script, **how)
        self.came_of = defaultdict(list)

    async def place(self, request, leave):
        said = self.came_of[request.called_number]

        async def leave_and_write():
            if left := await leave():
                said.append(None)
            return left

        answer = await super().place(request, leave_and_write)
        if not isinstance(answer, HeldBack):
            said[-1] = answer
        return answer


async def _session(bench, work, kind, moment):
    """Run until the end, or until a moment at which it is killed, cancelled or stopped."""
    running = asyncio.ensure_future(bench.runner.run())
    if kind != "whole":
        await asyncio.wait([running], timeout=moment)
    if kind == "stopped":
        bench.runner.stop(Ending(end=End.INTERRUPTED))
    elif kind in {"killed", "cancelled"}:
        # A dead process writes nothing more: for it the disk is gone, and its memory with it.
        work.broken = kind == "killed"
        running.cancel()
    with suppress(asyncio.CancelledError, LedgerError):
        return await running
    return None


sessions = st.lists(
    st.tuples(st.sampled_from(["killed", "cancelled", "stopped", "whole"]), st.floats(0, 3)), max_size=4
)


@settings(max_examples=40)
@example(script=[[Refused("HTTP 422")]] * 6, ends=[], in_flight=1, rate=3.0)
@given(
    script=st.lists(st.lists(answers, max_size=5), min_size=1, max_size=12),
    ends=sessions,
    in_flight=st.integers(1, 6),
    rate=st.sampled_from([3.0, 20.0, 500.0]),
)
def test_any_row_of_answers_deaths_and_resumes_is_told_truly(script, ends, in_flight, rate):
    numbers = [number_of(row) for row in range(2, len(script) + 2)]
    clock = HandClock()
    provider = Diary(dict(zip(numbers, script, strict=True)), clock=clock, seconds=0.2)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with open_ledger(path) as ledger:
            run = a_run(ledger, [*contacts(len(script)), a_reject(99)])
        for kind, moment in [*ends, *[("whole", 0.0)] * (1 + script_stops(script) + streaks(script))]:
            with open_ledger(path, create=False) as ledger:
                work = TroubledWork(work_of(ledger, 1))
                bench = a_bench(work, provider, clock=clock, rate=rate, in_flight=in_flight, attempts=ATTEMPTS)
                ending = in_jumping_time(_session(bench, work, kind, moment), clock)
            with open_ledger(path, create=False) as ledger:
                check_rows(ledger, run, provider)
        assert ending.end is End.DONE
        with open_ledger(path, create=False) as ledger:
            assert "pending" not in ledger.counts(1)


def script_stops(script):
    return sum(isinstance(answer, RunMustStop) for steps in script for answer in steps)


def streaks(script):
    """How often refusals in the same words can stop a run at the most: each row is put back a few times only."""
    return len(script) * PUT_BACK // AT_FIRST


def check_rows(ledger, run, provider):
    """Compare what the ledger tells with what left and what came of it."""
    assert sum(ledger.counts(1).values()) == run.rows
    recorded = Counter(number for (number,) in ledger._db.execute("SELECT number FROM attempt"))
    for result in ledger.results(1):
        said = provider.came_of.get(result.number, [])
        assert all(isinstance(answer, MAY_BE_ASKED_AGAIN) for answer in said[:-1]), "dialled again without proof"
        assert recorded[result.number] == result.attempts >= len(said)
        assert str(result.outcome) in allowed(said[-1] if said else None, dialled=bool(said), result=result)


def allowed(answer, *, dialled, result):
    """Tell the outcomes that are true of a row; `unknown` always is, for what died unwritten."""
    if result.row == 99:
        return {"invalid"}
    match answer:
        case Accepted():
            true = {"placed"}
        case Refused():
            true = {"rejected", "pending"}  # of its row, or after many in the same words of the whole run
        case Unclear():
            true = set()
        case None:
            true = set() if dialled else {"pending"}
        case NotSent() | Throttled() if result.attempts >= ATTEMPTS:
            true = {"failed", "pending"}
        case _:
            true = {"pending"}
    return true | {"unknown"}
