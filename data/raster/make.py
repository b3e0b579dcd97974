"""Makes the fixtures of the formats and kinds the tests cannot encode themselves.

Run in this folder: python make.py   (needs numpy, opencv-python, pillow)

Each NAME.EXT comes with NAME.EXT.grey.png: its samples, as Pillow decodes them, under the project's rule for grey.
"""

import numpy as np
from PIL import Image

y, x = np.mgrid[0:13, 0:19]
rgb = np.dstack([(7 * x + 3 * y) % 256, (11 * y + x * x) % 256, (5 * x * y) % 256]).astype(np.uint8)
colour = Image.fromarray(rgb)
grey16 = ((x * 3001 + y * 977) % 65536).astype(np.uint16)


def grey(rgb):
    r, g, b = (rgb[..., c].astype(np.int64) for c in range(3))
    return ((r * 4899 + g * 9617 + b * 1868 + 8192) >> 14).astype(np.uint8)


def expect(name, plane):
    Image.fromarray(plane).save(name + ".grey.png", optimize=True)


def save(name, image, **options):
    image.save(name, **options)
    with Image.open(name) as first:
        expect(name, grey(np.asarray(first.convert("RGB"))))


palette = colour.quantize(13)
bits = Image.fromarray(np.where((x + y) % 3 == 0, 255, 0).astype(np.uint8)).convert("1")
frames = [Image.fromarray(np.roll(rgb, 5 * k, axis=1)) for k in (1, 2)]
alpha = colour.copy()
alpha.putalpha(Image.fromarray((x * 13).astype(np.uint8)))

save("palette.png", palette)
save("bits.png", bits)
save("alpha.png", alpha)
save("animated.png", colour, save_all=True, append_images=frames)
Image.fromarray(grey16).save("grey16.png")
expect("grey16.png", (grey16 >> 8).astype(np.uint8))
save("palette.bmp", palette)
save("palette.gif", palette)
save("palette.tiff", palette)
save("animated.gif", palette, save_all=True, append_images=[frame.quantize(13) for frame in frames])
save("palette.tga", palette)
save("runs.tga", colour.quantize(3).convert("RGB"), compression="tga_rle")
save("bits.tiff", bits)
save("lzw.tiff", colour, compression="tiff_lzw")
save("deflate.tiff", colour, compression="tiff_adobe_deflate")
save("pages.tiff", colour, save_all=True, append_images=frames)
colour.save("oriented.tiff", tiffinfo={0x0112: 8})
expect("oriented.tiff", grey(rgb))  # Pillow would rotate
save("lossless.webp", colour, lossless=True)
save("alpha.webp", alpha, lossless=True, exact=True)
save("animated.webp", colour, save_all=True, append_images=frames, lossless=True)
save("lossy.webp", colour, quality=80)
save("sizes.ico", colour.resize((32, 32), Image.Resampling.NEAREST).convert("RGBA"), sizes=[(16, 16), (32, 32)])

# The usual conversion: light = (255 - ink)(255 - black) / 255, which a decoder may round either way.
cmyk = np.dstack([rgb, rgb[..., 0]])
Image.fromarray(cmyk, "CMYK").save("cmyk.tiff")
light = (255.0 - cmyk[..., :3]) * (255.0 - cmyk[..., 3:]) / 255
expect("cmyk.tiff", grey(np.rint(light)))

# Refused: floating point.
Image.fromarray(grey16.astype(np.float32)).save("float.tiff")
