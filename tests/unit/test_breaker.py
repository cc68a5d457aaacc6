"""The breaker keeps customers from waiting for a model that is known to be away, and finds it again."""

from app.generation.breaker import Breaker


class FakeClock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_repeated_failures_and_probes_after_the_pause():
    clock = FakeClock()
    breaker = Breaker(clock, failures=2, pause_s=2)
    breaker.fail()
    assert breaker.closed
    breaker.fail()
    assert not breaker.closed
    assert not breaker.may_probe()
    clock.now = 2.0
    assert breaker.may_probe()


def test_a_server_that_is_not_there_opens_it_at_once():
    breaker = Breaker(FakeClock())
    breaker.fail(at_once=True)
    assert not breaker.closed


def test_the_pause_grows_while_probes_fail_and_starts_over_after_a_success():
    clock = FakeClock()
    breaker = Breaker(clock, pause_s=2, longest_s=5)
    breaker.fail(at_once=True)
    breaker.fail(at_once=True)
    clock.now = 3.9
    assert not breaker.may_probe()
    for _ in range(5):
        breaker.fail(at_once=True)
    clock.now += 5
    assert breaker.may_probe()
    breaker.succeed()
    breaker.fail(at_once=True)
    clock.now += 2
    assert breaker.may_probe()


def test_after_a_good_probe_the_first_failure_opens_it_again():
    breaker = Breaker(FakeClock(), failures=3)
    breaker.fail(at_once=True)
    breaker.half_open()
    assert breaker.closed
    breaker.fail()
    assert not breaker.closed
