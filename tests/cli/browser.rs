//! Pages in a browser: no message, no request, no overflow.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{dftective, fixture};

/// Chromium, where there is one: `DFTECTIVE_CHROMIUM`, or by the names it has in distributions.
fn chromium() -> Option<String> {
    let given = std::env::var("DFTECTIVE_CHROMIUM").ok();
    let known = ["chromium", "chromium-browser", "google-chrome"].map(str::to_owned);
    let mut names = given.into_iter().chain(known);
    names.find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    })
}

/// Opens the page in frames of several widths and tells what it finds there.
const PROBE: &str = r#"<!doctype html><meta charset="utf-8"><title>probe</title><body><script>
const found = [];
for (const width of [320, 390, 768, 1280]) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:800px;border:0`;
  frame.onload = () => {
    const page = frame.contentDocument, root = page.documentElement;
    const wide = [...page.querySelectorAll("body *")].filter(element =>
      !element.closest(".scroll, svg, .skip, .unseen") && element.getBoundingClientRect().right > width + 0.5);
    found.push({
      width, title: page.title, overflow: root.scrollWidth - root.clientWidth,
      wide: wide.map(element => element.outerHTML.slice(0, 80)),
      requests: frame.contentWindow.performance.getEntriesByType("resource")
        .map(entry => entry.name).filter(name => !name.startsWith("data:")),
      broken: [...page.images].filter(image => !image.naturalWidth).length,
      figures: page.querySelectorAll("svg.figure").length,
      unnamed: [...page.querySelectorAll("svg.figure")].filter(svg => !svg.querySelector("title").textContent).length,
      small: Math.min(...[...page.querySelectorAll("svg.figure text")].map(text =>
        parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b))),
    });
    document.body.dataset.found = JSON.stringify(found);
  };
  frame.src = "page.html";
  document.body.append(frame);
}
</script>"#;

fn probed(chromium: &str, page: &Path, folder: &Path) -> (Vec<Value>, String) {
    fs::copy(page, folder.join("page.html")).unwrap();
    fs::write(folder.join("probe.html"), PROBE).unwrap();
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", folder.join("probe.html").display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let found = dom
        .split_once("data-found=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap_or_else(|| panic!("{dom}\n{}", String::from_utf8_lossy(&output.stderr)))
        .0;
    let found = found
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let messages = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = messages.lines().filter(|line| line.contains("CONSOLE")).collect();
    (serde_json::from_str(&found).unwrap(), console.join("\n"))
}

#[test]
fn pages_open_without_complaint_at_any_width() {
    let Some(chromium) = chromium() else {
        println!("skipped: no Chromium (Debian's package chromium, or DFTECTIVE_CHROMIUM)");
        return;
    };
    let (fixture, root) = (fixture(), tempfile::tempdir().unwrap());
    let at = |name: &str| root.path().join(name);
    dftective![
        "evaluate",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--report",
        at("result.html")
    ]
    .exits(0);
    dftective![
        "inspect",
        fixture.picture("fake", 0),
        "--model",
        fixture.detector(),
        "--out",
        root.path()
    ]
    .exits(0);
    // Against itself, so that there is a second detector at no cost.
    dftective![
        "compare",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--model",
        fixture.detector(),
        "--bootstrap",
        "100",
        "--report",
        at("comparison.html")
    ]
    .exits(0);
    for (name, title, figures) in [
        ("result.html", "How good is this detector?", 9),
        ("comparison.html", "Which detector is better?", 4),
        ("00000.inspect.html", "Inspection of 00000.jpg", 4),
    ] {
        let (found, console) = probed(&chromium, &at(name), root.path());
        assert_eq!(console, "", "{name}");
        assert_eq!(found.len(), 4, "{name}: {found:?}");
        for frame in found {
            assert_eq!(frame["title"], title);
            assert_eq!(frame["overflow"], 0, "{frame}");
            assert_eq!(frame["wide"], Value::Array(Vec::new()), "{frame}");
            assert_eq!(frame["requests"], Value::Array(Vec::new()), "{frame}");
            assert_eq!(
                (&frame["broken"], &frame["unnamed"]),
                (&0.into(), &0.into()),
                "{frame}"
            );
            assert!(frame["figures"].as_u64().unwrap() >= figures, "{frame}");
            // Letters of a figure on the narrowest phone, pixels.
            assert!(frame["small"].as_f64().unwrap() > 7.5, "{frame}");
        }
    }
}
