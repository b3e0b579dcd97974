"""The families of the reference implementation, at the other end of the line protocol of worker/main.rs: started by
families.py with the path of families.py of the reference.

Its request is {"extract": "NAME,NAME", "images": [PATH...], "seconds": S}: every image is read once and all families are
computed of it, again and again.
"""

import importlib.util
import statistics
import sys
import time

import cv2

from protocol import serve


def reference(path):
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(request):
    families = [REFERENCE.FAMILIES[name] for name in request["extract"].split(",")]
    times, started = [], time.perf_counter()
    while not times or time.perf_counter() - started < request["seconds"]:
        for path in request["images"]:
            start = time.perf_counter()
            image = REFERENCE.load(path)
            for family in families:
                family(*image)
            times.append(1000 * (time.perf_counter() - start))
    return {"ms": statistics.median(times)}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    REFERENCE = reference(sys.argv[1])
    serve(answer)
