import numpy as np
import pytest

from crack_scanner.sources.simulator.sensor import Sensor


def sensor(**changes: float) -> Sensor:
    options = {"vignetting": 0.0, "noise": 1.0, "gain_jitter": 0.0, **changes}
    return Sensor(1, 200, 120, **options)


def flat(grey: int) -> np.ndarray:
    return np.full((120, 200, 3), grey, np.uint8)


@pytest.mark.parametrize(("light", "deviation"), [(10, 1.1), (100, 2.1), (150, 2.35)])
def test_noise_grows_with_light(light: int, deviation: float) -> None:
    picture = sensor().exposed(flat(light), 0).astype(float)
    assert picture.std() == pytest.approx(deviation, rel=0.12)


def test_noise_differs_between_frames_and_repeats_for_the_same() -> None:
    one = sensor()
    assert np.array_equal(one.exposed(flat(150), 4), sensor().exposed(flat(150), 4))
    assert not np.array_equal(one.exposed(flat(150), 4), one.exposed(flat(150), 5))


def test_noise_can_be_switched_off() -> None:
    picture = sensor(noise=0.0).exposed(flat(150), 0)
    assert np.ptp(picture) == 0


def test_corners_lose_the_share_of_light_asked_for() -> None:
    picture = sensor(noise=0.0, vignetting=0.4).exposed(flat(150), 0).astype(float)
    assert picture[0, 0, 0] / picture[60, 100, 0] == pytest.approx(0.6, abs=0.02)


def test_exposure_control_evens_out_dark_and_bright_scenes() -> None:
    dark, bright = (sensor(noise=0.0).exposed(flat(grey), 0).mean() for grey in (90, 220))
    assert 90 < dark < 150 < bright < 220


def test_gain_jitters_from_frame_to_frame() -> None:
    jittery = sensor(noise=0.0, gain_jitter=0.05)
    means = [jittery.exposed(flat(150), index).mean() for index in range(200)]
    assert np.std(means) / np.mean(means) == pytest.approx(0.05, rel=0.25)
