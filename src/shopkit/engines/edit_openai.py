"""Edit a picture by a model behind an OpenAI-compatible endpoint (``images.edit``).

What is asked, as openai 3.54 documents it: the first picture is edited, the others are shown to
the model, and the mask's fully transparent pixels say where; the model may still change others,
so its answer is never taken as it is (see ``image/edit_check.py``).
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shopkit.engines.edit_frame import Frame, Pixels
from shopkit.errors import EngineMissing, InputRefused, ShopkitError
from shopkit.runtime.settings import Settings, endpoint_key

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

MODEL = "gpt-image-2"
"""Asked for where the settings name none."""
PROMPT = (
    "Replace the product in the masked area of the first image with the product shown in the "
    "other images. Keep that product exactly as photographed: shape, proportions, colours, "
    "material, pattern, lettering and logo. Show it in the same place, at the same size and from "
    "the same viewpoint as the product it replaces, under the scene's own light, with the shadow "
    "it casts there. Whatever stands in front of the product stays in front. Change nothing else."
)
TIMEOUT = 180.0
"""Seconds for one try; a picture takes a model about a minute."""
RETRIES = 2

_ANSWER_PIXELS = 3840 * 2160 * 2
_LATER = (408, 409, 429)
_NO_SUCH_MODEL = 404


@dataclass(frozen=True, slots=True)
class OpenaiEditor:
    """An endpoint, its model and the key; picklable, so that workers can have it."""

    model: str
    key: str = field(repr=False)
    base_url: str = ""  # empty: the library's own default
    timeout: float = TIMEOUT
    retries: int = RETRIES

    name = "openai"
    licence = "terms of the endpoint"

    def edit(
        self,
        scene: Pixels,
        region: NDArray[np.bool_],
        products: Sequence[Pixels],
        prompt: str = PROMPT,
    ) -> Pixels:
        """Return ``scene`` (H, W, 3) as the model repainted it, at the same size.

        ``region`` (H, W) says where it should; ``products`` are the photos of what to put there.
        Raises EngineMissing, worth another try later, ``edit_key_refused``, ``edit_unreachable``,
        ``edit_timeout``, ``edit_busy`` or ``edit_answer``; InputRefused, which would come again,
        ``edit_refused`` or ``edit_wrong_size``.
        """
        frame = Frame.around(scene.shape[1], scene.shape[0], self.model)
        pictures = [_png(frame.put(scene)), *map(_png, products)]
        with _errors_in_words(self):
            answer = _client(self).images.with_raw_response.edit(
                model=self.model,
                image=[(f"{i}.png", data, "image/png") for i, data in enumerate(pictures)],
                mask=("mask.png", _png(frame.put_mask(region)), "image/png"),
                prompt=prompt,
                size=f"{frame.width}x{frame.height}",
                n=1,
            )
        return frame.take(_picture_in(answer.text))


def openai_editor(settings: Settings) -> OpenaiEditor:
    """The editor that the settings name. Raises EngineMissing ``edit_key_missing``."""
    key = endpoint_key()
    if not key:
        raise EngineMissing("edit_key_missing")
    return OpenaiEditor(settings.edit_model or MODEL, key, settings.edit_url)


@cache
def _client(editor: OpenaiEditor) -> OpenAI:
    """One client per process: its connections are kept, its certificates loaded once."""
    from openai import OpenAI

    return OpenAI(
        api_key=editor.key,
        base_url=editor.base_url or None,
        timeout=editor.timeout,
        max_retries=editor.retries,
    )


def _png(values: Pixels) -> bytes:
    made = io.BytesIO()
    Image.fromarray(values).save(made, "PNG", compress_level=1)
    return made.getvalue()


def _picture_in(answer: str) -> Pixels:
    """The first picture of an answer; EngineMissing ``edit_answer`` where there is none."""
    try:
        data = base64.b64decode(json.loads(answer)["data"][0]["b64_json"], validate=True)
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > _ANSWER_PIXELS:
            raise EngineMissing("edit_answer", error=f"{picture.width}x{picture.height}")
        return np.asarray(picture.convert("RGB"))
    except (LookupError, TypeError):
        raise EngineMissing("edit_answer", error="no b64_json") from None
    except (OSError, SyntaxError, ValueError) as error:  # not JSON, not base64, not a picture
        raise EngineMissing("edit_answer", error=str(error)[:200]) from None


@contextmanager
def _errors_in_words(editor: OpenaiEditor) -> Iterator[None]:
    """Turn the library's errors into ours, after its own retries."""
    import openai

    where = editor.base_url or "api.openai.com"
    try:
        yield
    except openai.APITimeoutError:
        raise EngineMissing("edit_timeout", where=where, seconds=round(editor.timeout)) from None
    except openai.APIConnectionError as error:
        cause = str(error.__cause__ or error)
        raise EngineMissing("edit_unreachable", where=where, error=cause) from None
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise EngineMissing("edit_key_refused", where=where) from None
    except openai.APIStatusError as error:
        raise _refusal(error, where) from None
    except openai.OpenAIError as error:
        raise EngineMissing("edit_answer", error=str(error)[:200]) from None


def _refusal(error: APIStatusError, where: str) -> ShopkitError:
    told = {"where": where, "status": error.status_code, "error": error.message[:200]}
    if error.status_code in _LATER or error.status_code >= 500:
        return EngineMissing("edit_busy", **told)
    if error.status_code == _NO_SUCH_MODEL:
        return EngineMissing("edit_refused", **told)
    return InputRefused("edit_refused", **told)
