"""One light and nothing else: from the old product's two looks, from the scene, capped."""

import numpy as np
import pytest

from shopkit.image.light import (
    EXACT,
    Lighting,
    Looks,
    capped,
    light_from_old,
    light_from_scene,
    lit,
    visible_delta,
)
from shopkit.image.picture import Box, to_bytes, to_linear, to_srgb
from tests.image.studio import BOX, RED, SIZE, outline, photo, shaded

SILHOUETTE = outline(BOX, SIZE)
CARD = np.full((SIZE[1], SIZE[0], 3), 0.35, np.float32)  # a grey card's linear light


def looks(light, studio=CARD):
    return Looks((studio * light).astype(np.float32), studio, SILHOUETTE, SILHOUETTE)


@pytest.mark.parametrize("light", [(1, 1, 1), (0.5, 0.5, 0.5), (0.8, 0.6, 0.4), (1.2, 1.3, 1.5)])
def test_a_grey_card_tells_the_light(light):
    found = light_from_old(looks(np.float32(light)), SILHOUETTE)
    assert found.source == "old_photo"
    assert found.mean == pytest.approx(light, rel=0.03)
    assert found.certainty > 0.9


def test_slow_shading_is_carried_along_by_position():
    """Half the light on the right of the old product is half on the right of the new one."""
    across = np.linspace(1, 0.4, SIZE[0], dtype=np.float32)[None, :, None]
    found = light_from_old(looks(across), SILHOUETTE)
    row = BOX.y + BOX.h * 3 // 4
    left, right = (found.field[row, BOX.x + round(part * BOX.w)].mean() for part in (0.15, 0.85))
    truth = across[0, [BOX.x + round(part * BOX.w) for part in (0.15, 0.85)], 0]
    assert (left, right) == pytest.approx(tuple(truth), rel=0.1)


def test_a_products_own_pattern_is_no_light():
    """Stripes on the old product's photo and in the scene: the factor between them is even."""
    stripes = CARD.copy()
    stripes[:, ::8] *= 0.3
    found = light_from_old(looks(np.float32([0.6, 0.6, 0.6]), stripes), SILHOUETTE)
    inside = found.field[SILHOUETTE > 0.5]
    assert inside.mean() == pytest.approx(0.6, rel=0.03)
    assert inside.std() < 0.02


def test_where_too_little_is_seen_nothing_is_changed():
    hidden = np.zeros_like(SILHOUETTE)
    blind = Looks(CARD, CARD, hidden, SILHOUETTE)
    assert light_from_old(blind, SILHOUETTE) == EXACT


def test_a_warm_dim_scene_gives_a_warm_dim_light():
    level = np.float32([0.3, 0.2, 0.1])
    scene = to_bytes(to_srgb(np.broadcast_to(level, (SIZE[1], SIZE[0], 3))))
    red, green, blue = light_from_scene(scene, BOX, SILHOUETTE).mean
    assert red > green > blue
    assert green < 1
    assert red / blue < 3  # less than the scene's own colour says: grounds have colours, too


def test_the_old_product_does_not_count_as_scene():
    scene = to_bytes(to_srgb(CARD))
    other = np.where(SILHOUETTE[..., None] > 0, np.uint8([255, 0, 0]), scene)
    hidden = np.where(SILHOUETTE > 0, 1, 0).astype(np.float32)
    found, truth = light_from_scene(other, BOX, hidden), light_from_scene(scene, BOX, hidden)
    assert found.mean == pytest.approx(truth.mean, rel=0.05)


def test_light_never_leaves_white():
    shown = lit(CARD, Lighting(np.float32([4, 4, 4]), "scene", 0.5))
    assert shown.max() == 1
    assert lit(CARD, EXACT) == pytest.approx(CARD)


@pytest.mark.parametrize("most", [1.0, 3.0, 5.0])
def test_the_cap_holds_and_says_what_it_took(most):
    red = to_linear(shaded(RED, SIZE, BOX))
    strong = Lighting(np.float32([0.4, 0.3, 0.25]), "scene", 0.5)
    found = capped(red, SILHOUETTE, strong, most)
    assert visible_delta(red, SILHOUETTE > 0.9, found) <= most
    assert visible_delta(red, SILHOUETTE > 0.9, found) > 0.9 * most  # and takes no more
    assert 0 < found.kept < 1


def test_a_light_within_the_cap_stays_as_it_is():
    red = to_linear(photo().colour)
    weak = Lighting(np.float32([0.97, 0.96, 0.95]), "scene", 0.5)
    assert capped(red, photo().alpha, weak, 5.0) is weak
    assert capped(red, photo().alpha, EXACT, 0.1) is EXACT


def test_a_silhouette_of_nothing_is_refused():
    with pytest.raises(ValueError, match="empty"):
        light_from_old(Looks(CARD, CARD, SILHOUETTE, np.zeros_like(SILHOUETTE)), SILHOUETTE)


def test_the_box_may_touch_the_frame():
    scene = to_bytes(to_srgb(CARD))
    assert light_from_scene(scene, Box(0, 0, *SIZE), np.zeros_like(SILHOUETTE)).source == "scene"
