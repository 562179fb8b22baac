"""What a 429 says: that everybody is too fast, that too many calls are open, or only that this contact has to wait."""

from __future__ import annotations

import math

from dialer.engine.departure import Departure, Meaning
from dialer.engine.found_limit import FoundLimit
from dialer.engine.open_limit import OpenLimit
from dialer.engine.pause import Hold
from dialer.engine.refusal_share import Share, Surprise

_THICK = 0.7  #: the share of refusals over a limit that was run into: nearly all, but for the places that come free
_TIMES_AS_THICK = 3.0  #: the same while a found limit is left slowly, in usual shares
_LEAST_THICK = 0.06  #: and at least: two refusals in a few dozen answers
_MOST_THICK = 0.9  #: and at most: a share is below 1
_SURE = 12.0  #: one false fall in e^12 answers; five refusals in a row where they are rare, eight where a tenth is
_SUSPICIOUS = 4.0  #: one in e^4 while a limit is left: then a step back is cheap, and refusals are expected
_WORTH_TRYING = 0.03  #: the share from which a slower pace is tried: less costs less than the trial
_SOME = 5  #: refusals before it is tried: fewer are no share
_TIMES_AS_KNOWN = 3.0  #: a share that is known is tried again where it is so many times as large
_DIP = 0.9  #: of the pace that was taken: under a limit, if there is one, with room for jitter
_DEEP_DIP = 0.7  #: of the pace: the difference that a limit makes is then plain in a few dozen answers
_AFTER_A_FALL = 30  #: answers: enough to see one refusal in ten, and over in a second
_SEEN = 6.0  #: refusals that a trial is long enough for, if nothing has changed: then none of them is no chance
_SHORTEST, _LONGEST = 60, 300  #: answers: for a large share, and so that a trial ends
_HARDLY_ANY = 0.08  #: the share up to which refusals are gone after a fall: two of thirty
_TIMES_GONE = 2.0  #: or up to so many times the known share
_AT_RANDOM = 0.4  #: the largest share taken for chance: a limit of one or two calls at a time looks like half
_WORSE = 2.0  #: times the share of before: then a bucket ran dry meanwhile, and a still slower pace is tried
_BY_CHANCE = 0.05  #: refusals of those that asked in a hold say nothing where they are as likely as this
_MUCH_LONGER = 2.0  #: times as long as refusals take: more than their jitter
_FORGETS = 0.9  #: of the slowest refusal counts at the next one: a slow one is forgotten after some dozens
_LEFT_OVER = 100  #: departures that never got an answer are forgotten when there are so many
_LOST = 1e-6  #: the chance at which a contact may be given up for refusals that come at random


class _Trial:
    """Looks whether a slower pace makes refusals rarer: so many answers, compared with the share of `before`.

    `taken` is the rate that was taken before, refusals left out: the limit, if they are about one.
    """

    def __init__(self, answers: int, *, slower: float = 1.0, before: float = 0.0, taken: float = 0.0) -> None:
        self.slower, self.before, self.taken = slower, before, taken
        self._left, self._answers, self._refused = answers, answers, 0

    def over(self, *, refused: bool) -> bool:
        """Count an answer; True when it is the last one."""
        self._refused += refused
        self._left -= 1
        return self._left == 0

    @property
    def share(self) -> float:
        """The share that was refused."""
        return self._refused / self._answers

    @property
    def unchanged(self) -> bool:
        """Whether the share is nearer to that of before than to what a limit would have made of it."""
        with_a_limit = max(0.0, 1 - (1 - self.before) / self.slower)
        return self.share > (self.before + with_a_limit) / 2


class Throttling:
    """Decides after each answer what the provider's 429s mean for the pace. Times are seconds on the caller's clock.

    Refusals that come thick are about the pace, or about open calls where their number explains it: it falls, and one
    request at a time asks when more are taken again. Single ones are about their contact; when there are many of them
    a slower pace is tried for a moment, and if that makes no difference they come at random, and the pace is kept.
    """

    def __init__(self, configured: float) -> None:
        """Start at the configured rate, without any limit."""
        self.limit = FoundLimit(configured)
        self.hold = Hold()
        self.random = 0.0  #: the share that was seen to come whatever the pace
        self._calls = OpenLimit()
        self._share = Share()
        self._fast, self._slow = Surprise(_SURE), Surprise(_SUSPICIOUS)
        self._trial: _Trial | None = None
        self._open: set[Departure] = set()
        self._uncounted: dict[Departure, None] = {}  #: those whose answer was not held against the share, in order
        self._fell_at = -math.inf
        self._flows = False
        self._refused = 0
        self._before_first: int | None = 0  #: answers before the first 429, which are counted together when it comes
        self._takes = 0.0  #: seconds that refusals take

    def wait(self, now: float) -> float:
        """Seconds until one more may leave; without end where that depends on a call that is open."""
        if self.hold.on:
            return self.hold.wait(now)
        return 0.0 if len(self._open) < self._calls.most(now) else math.inf

    def leaves(self, now: float) -> Departure:
        """Note a request that leaves now."""
        departure = Departure(now, len(self._open))
        if self.hold.on:
            self.hold.asks(departure)
        elif not self._flows:
            self._flows = True
            self.limit.flows(now)
        self._calls.left(departure.others)
        self._open.add(departure)
        self._uncounted[departure] = None
        if len(self._uncounted) > len(self._open) + _LEFT_OVER:
            self._uncounted = dict.fromkeys(left for left in self._uncounted if left in self._open)
        return departure

    def ended(self, departure: Departure) -> None:
        """Note that a request is answered, or will never be; what the answer was comes next."""
        self._open.discard(departure)
        self.hold.answered(departure)

    def accepted(self, now: float, departure: Departure) -> None:
        """Note that the provider took a request."""
        self.limit.accepted(now)
        self._calls.accepted(now, departure.others)
        if departure.at <= self._fell_at:
            return
        if self.hold.on:
            self._opens(now)
        if departure in self._uncounted:
            self._not_refused(now, departure)

    def throttled(self, now: float, departure: Departure, wait: float | None = None) -> Meaning:
        """Note a 429 to a request, with the wish of the provider in seconds, if any; tell whom it is about."""
        if departure.at <= self._fell_at:  # it was on its way when the pace fell, and says nothing new
            self._calls.refused(now, departure.others)
            self.hold.lengthen(now, wait)
            return Meaning.EVERYBODY
        if self.hold.on:
            self.hold.refused(now, departure.at, wait)
            return Meaning.CONTACT
        if self._calls.refused(now, departure.others) or self._calls.explains(now, self._unanswered()):
            self._end_suspicions(now)
            return Meaning.EVERYBODY
        if self._before_first is not None:  # one by one it would have cost every call, and changed nothing
            self._share.note_taken(self._before_first)
            self._before_first = None
        self._uncounted.pop(departure, None)
        # Refusals may come faster than other answers: what is awaited for much longer was not refused.
        self._takes = max(now - departure.at, self._takes * _FORGETS)
        while self._uncounted and now - (before := next(iter(self._uncounted))).at > _MUCH_LONGER * self._takes:
            self._not_refused(now, before)
        fast, slow = self._note(now, refused=True)
        if fast:
            self._fall(now, self._fast)
            self.hold.begin(now, wait)
            return Meaning.EVERYBODY
        if slow and self.limit.climbing(now):
            self._fall(now, self._slow)
            return Meaning.EVERYBODY
        self._try(now, refused=True)
        return Meaning.CONTACT

    def tries(self, attempts: int) -> int:
        """Tell how many of its own 429s a contact may meet before it is given up: more where they come at random."""
        if not self.random:
            return attempts
        share = min(max(self.random, self._share.value), _AT_RANDOM)
        return max(attempts, math.ceil(math.log(_LOST) / math.log(share)))

    def _not_refused(self, now: float, departure: Departure) -> None:
        del self._uncounted[departure]
        if self._before_first is not None:
            self._before_first += 1
            return
        self._note(now, refused=False)
        self._try(now, refused=False)

    def _note(self, now: float, *, refused: bool) -> tuple[bool, bool]:
        """Hold an answer against the usual share; tell of the two surprises."""
        usual = self._share.value
        if not self.limit.climbing(now):  # above a limit refusals are to be expected, and are not usual
            self._share.note(refused=refused)
            self._refused += refused
        thick = min(max(_TIMES_AS_THICK * usual, _LEAST_THICK), _MOST_THICK)
        slow = self._slow.note(now, refused=refused, usual=usual, thick=thick)
        usual = max(usual, _AT_RANDOM if self._trial else 0.0)
        return self._fast.note(now, refused=refused, usual=usual, thick=_THICK), slow

    def _fall(self, now: float, surprise: Surprise) -> None:
        self._share.forget(surprise.refusals)
        self.limit.fall(now, refused_at=surprise.began)
        self._trial = _Trial(_AFTER_A_FALL)
        self._end_suspicions(now)

    def _end_suspicions(self, now: float) -> None:
        self._fast.clear()
        self._slow.clear()
        self._fell_at = now
        self._uncounted.clear()

    def _opens(self, now: float) -> None:
        """Go on after a hold; by now every call of before it is answered, or takes very long."""
        last_refused, times = self.hold.end()
        if self._share.value**times > _BY_CHANCE:
            last_refused = None
        if self._calls.explains(now, self._unanswered()):
            self.limit.undo(now)
            self._trial = None
        else:
            self.limit.opened(now, last_refused=last_refused)
            self._calls.forget()

    def _unanswered(self) -> list[int]:
        return [departure.others for departure in self._open]

    def _try(self, now: float, *, refused: bool) -> None:
        """Go on with a trial, or begin one where many refusals are about nobody in particular."""
        if self.limit.climbing(now):  # then the pace is not what is on trial
            return
        trial, share = self._trial, self._share.value
        if trial:
            if trial.over(refused=refused):
                self._trial, self._refused = None, 0
                self._judge(now, trial)
            return
        many = self._refused >= _SOME and share > max(_WORTH_TRYING, _TIMES_AS_KNOWN * self.random)
        if many and not refused:
            self._dip(now, share, _DIP * (1 - share))

    def _judge(self, now: float, trial: _Trial) -> None:
        share = trial.share
        if not trial.before:
            if share > max(_HARDLY_ANY, _TIMES_GONE * self.random):
                self._dip(now, share, min(_DEEP_DIP, _DIP * (1 - share)))
        elif share > _AT_RANDOM or share > _WORSE * trial.before:
            self._dip(now, share, _DEEP_DIP)
        elif trial.unchanged:
            self.random = share
            self._share.learn(share)
            self.limit.forget(now)
        else:
            self._share.learn(self.random)
            self.limit.keep(now, max(trial.taken, self.limit.rate(now)))

    def _dip(self, now: float, share: float, slower: float) -> None:
        """Try a slower pace for some answers."""
        rate = self.limit.rate(now)
        answers = min(max(int(_SEEN / share), _SHORTEST), _LONGEST)
        self._trial = _Trial(answers, slower=slower, before=share, taken=rate * (1 - share))
        self.limit.keep(now, rate * slower)
        self._fell_at = now
        self._uncounted.clear()
