"""Makes the JPEG fixtures and, with OpenCV, the grey pixels they must decode to.

Run in this folder: python make.py   (needs numpy, opencv-python, pillow)

Each NAME.jpg is a synthetic picture; NAME.png holds OpenCV's IMREAD_GRAYSCALE pixels of it, without rotation, and
colour.txt the SHA-256 of its IMREAD_COLOR pixels as interleaved R, G, B.
"""

import hashlib
import io

import cv2
import numpy as np
from PIL import Image


def picture(width, height, channels, seed):
    """Smooth waves, an edge and noise: low and high frequencies, and clipping at both ends."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for c in range(channels):
        wave = 128 + 90 * np.sin(x / (3 + c) + y / 7) * np.cos(y / (4 + c))
        wave += np.where(x + 2 * y > (width + height) / 2, 60, -40) + rng.normal(0, 25, x.shape)
        planes.append(np.clip(np.rint(wave), 0, 255).astype(np.uint8))
    return np.dstack(planes) if channels > 1 else planes[0]


digests = []


def save(name, data):
    with open(name + ".jpg", "wb") as file:
        file.write(data)
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    Image.fromarray(grey).save(name + ".png", optimize=True)
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    digests.append(f"{name} {hashlib.sha256(bgr[..., ::-1].tobytes()).hexdigest()}\n")
    print(f"{name}: {len(data)} bytes, {grey.shape[1]} x {grey.shape[0]}")


def pillow(pixels, mode=None, **options):
    out = io.BytesIO()
    Image.fromarray(pixels, mode).save(out, "JPEG", **options)
    return out.getvalue()


def opencv(pixels, *options):
    return cv2.imencode(".jpg", pixels, options)[1].tobytes()


def patched(data, old, new):
    assert data.count(old) == 1
    return data.replace(old, new)


colour = picture(37, 29, 3, 1)
cmyk = picture(33, 21, 4, 2)
for quality in (30, 50, 75, 90, 95, 100):
    save(f"420_q{quality}", pillow(colour, quality=quality, subsampling="4:2:0"))
save("444_q85", pillow(colour, quality=85, subsampling="4:4:4"))
save("422_q85", pillow(colour, quality=85, subsampling="4:2:2"))
for name, factors in (("440", cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440), ("411", cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411)):
    save(f"{name}_q85", opencv(colour, cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factors))
save("progressive_420_q80", pillow(colour, quality=80, subsampling="4:2:0", progressive=True))
save("progressive_grey_q80", pillow(picture(41, 17, 1, 3), quality=80, progressive=True))
save("grey_q75", pillow(picture(31, 33, 1, 4), quality=75))
save("grey_1x1_q90", pillow(picture(1, 1, 1, 5), quality=90))
save("grey_8x1_q90", pillow(picture(8, 1, 1, 6), quality=90))
save("column_420_q90", pillow(picture(1, 19, 3, 7), quality=90, subsampling="4:2:0"))
save("restart_420_q85", opencv(picture(150, 20, 3, 8), cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_RST_INTERVAL, 1))
save("restart_progressive_q85", opencv(colour, cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_RST_INTERVAL, 2,
                                       cv2.IMWRITE_JPEG_PROGRESSIVE, 1))
save("rgb_q85", pillow(colour, quality=85, keep_rgb=True))
save("cmyk_q85", pillow(cmyk, "CMYK", quality=85))
# The same four planes declared YCCK by the last byte of the Adobe segment.
adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
save("ycck_q85", patched(pillow(cmyk, "CMYK", quality=85), adobe + b"\x00", adobe + b"\x02"))
exif = Image.Exif()
exif[0x0112] = 6
save("oriented_q75", pillow(colour, quality=75, exif=exif.tobytes()))
save("junk_after_end_q75", pillow(colour, quality=75) + b"trailing bytes \xff\xd8\xff\xda")
with open("colour.txt", "w") as file:
    file.writelines(sorted(digests))
