from services.runtime.errors import Early, Permanent, Transient


def test_a_transient_error_waits_5_10_and_20_seconds_and_is_then_given_up() -> None:
    error = Transient("store_unavailable", "Wait.")
    assert [error.delay_s(deliveries) for deliveries in (1, 2, 3, 4, 5)] == [5.0, 10.0, 20.0, None, None]


def test_what_comes_too_early_comes_back_when_it_is_time_however_often() -> None:
    assert {Early(7.5).delay_s(deliveries) for deliveries in (1, 4, 1000)} == {7.5}


def test_errors_say_their_code_and_what_to_do() -> None:
    error = Permanent("no_video_stream", "Upload a file with video.")
    assert str(error) == "no_video_stream: Upload a file with video."
