//! The page in a real browser, at two widths and in both schemes: nothing is cut, nothing hangs over, all can be read, and
//! nothing is fetched or run. The pictures stay in `target/report` for a person to look at.

mod devtools;

use crate::hostile::poisoned;
use crate::{SAMPLES, sample};
use base64::Engine as _;
use devtools::{Browser, Page};
use poco::determinism::report::{Report, html};
use serde_json::Value;
use std::path::{Path, PathBuf};

const WIDTHS: [u32; 2] = [375, 1280];

/// What is wrong with a page as it is laid out: texts that are cut or hang over its edge, and texts that cannot be told
/// from what is behind them (WCAG 2.2, 1.4.3: 4.5 to 1).
const FAULTS: &str = r#"
(() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} wide`);
  const rgb = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = color => {
    const [r, g, b] = color.slice(0, 3).map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const color = rgb(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    if (!text.data.trim()) continue;
    const node = text.parentElement, style = getComputedStyle(node), words = text.data.trim().slice(0, 40);
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.right > innerWidth + 0.5 || box.left < -0.5) faults.push(`hangs over: ${words}`);
    }
    for (let box = node; box !== document.body; box = box.parentElement) {
      const hides = ['hidden', 'clip'].includes(getComputedStyle(box).overflowX);
      if (hides && box.scrollWidth > box.clientWidth + 1) faults.push(`cut: ${words}`);
    }
    if (range.getClientRects().length === 0) continue;
    const [a, b] = [light(rgb(style.color)), light(behind(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${words}`);
    if (parseFloat(style.fontSize) < 12) faults.push(`small: ${words}`);
  }
  return faults;
})()
"#;

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../report");
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

fn write(name: &str, report: &Report) -> PathBuf {
    let path = folder().join(format!("{name}.html"));
    std::fs::write(&path, html(report)).unwrap();
    path
}

fn faults(page: &mut Page<'_>) -> Vec<String> {
    serde_json::from_value(page.evaluate(FAULTS)).unwrap()
}

/// What can be told of a picture by counting.
#[derive(serde::Deserialize)]
struct Picture {
    width: u32,
    height: u32,
    /// The mean brightness, 0 for black and 1 for white.
    brightness: f64,
    /// How many colours there are.
    colours: usize,
}

/// The browser draws the PNG and counts its pixels.
const COUNT: &str = r#"
(async base64 => {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let sum = 0;
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) {
    sum += data[at] + data[at + 1] + data[at + 2];
    colours.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
  }
  const brightness = sum / (data.length / 4 * 3 * 255);
  return { width: image.width, height: image.height, brightness, colours: colours.size };
})
"#;

fn shot(browser: &mut Browser, path: &Path, width: u32, scheme: &str) -> Picture {
    let png = browser.open(path, width, scheme).screenshot();
    let name = format!("{}-{width}-{scheme}.png", path.file_stem().unwrap().to_str().unwrap());
    let engine = base64::engine::general_purpose::STANDARD;
    std::fs::write(folder().join(name), engine.decode(&png).unwrap()).unwrap();
    // A page without a policy, so that it may draw.
    let blank = folder().join("blank.html");
    std::fs::write(&blank, "<!DOCTYPE html><title>blank</title>").unwrap();
    serde_json::from_value(browser.open(&blank, width, "light").evaluate(&format!("{COUNT}('{png}')")))
        .unwrap()
}

#[test]
fn the_page_can_be_read_at_two_widths_and_in_both_schemes() {
    let mut browser = Browser::start();
    for name in SAMPLES {
        let path = write(name, &sample(name));
        for width in WIDTHS {
            let [light, dark] = ["light", "dark"].map(|scheme| {
                let mut page = browser.open(&path, width, scheme);
                assert_eq!(faults(&mut page), Vec::<String>::new(), "{name}, {width}, {scheme}");
                assert_eq!(page.evaluate("innerWidth"), width, "{name}, {scheme}");
                drop(page);
                shot(&mut browser, &path, width, scheme)
            });
            for picture in [&light, &dark] {
                assert_eq!(picture.width, width);
                assert!(picture.height > 400, "{name}, {width}: {} high", picture.height);
                assert!(picture.colours > 50, "{name}, {width}: blank");
            }
            assert!(light.brightness > 0.8, "{name}, {width}: light is {}", light.brightness);
            assert!(dark.brightness < 0.2, "{name}, {width}: dark is {}", dark.brightness);
        }
    }
}

#[test]
fn the_layout_tells_a_narrow_page_from_a_wide_one() {
    let mut browser = Browser::start();
    let path = write("differs", &sample("differs"));
    let [narrow, wide] = WIDTHS.map(|width| {
        let mut page = browser.open(&path, width, "light");
        let sides =
            "[...document.querySelector('.sides').children].map(side => side.getBoundingClientRect().top)";
        page.evaluate(sides).as_array().unwrap().iter().map(|top| top.as_f64().unwrap()).collect::<Vec<_>>()
    });
    assert!(narrow[0] < narrow[1], "the sides stand one above the other");
    assert!((wide[0] - wide[1]).abs() < 0.5, "the sides stand beside each other");
}

#[test]
fn the_longest_words_hang_over_no_edge_and_hostile_ones_run_nothing() {
    let mut browser = Browser::start();
    let long = "x".repeat(300);
    for (name, text) in [
        ("long", long.as_str()),
        ("hostile", "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'/>"),
        ("attribute", "\" onmouseover=\"window.hurt = 1\" autofocus onfocus=\"window.hurt = 1"),
        ("style", "</style><style>* { display: none !important }</style>"),
    ] {
        let path = write(name, &poisoned(&sample("differs"), text));
        for width in WIDTHS {
            let mut page = browser.open(&path, width, "light");
            assert_eq!(faults(&mut page), Vec::<String>::new(), "{name}, {width}");
            assert_eq!(page.evaluate("typeof window.hurt"), "undefined", "{name}");
            assert_eq!(
                page.evaluate("document.querySelectorAll('script, img, iframe, link').length"),
                0,
                "{name}"
            );
            assert_eq!(page.fetched(), [format!("file://{}", path.display())], "{name}");
        }
    }
}

#[test]
fn the_judge_of_pages_finds_what_is_wrong_with_one() {
    let mut browser = Browser::start();
    let path = folder().join("wrong.html");
    for (style, fault) in [
        ("p { width: 2000px }", "the page is"),
        ("p { width: 20px; overflow: hidden; white-space: nowrap }", "cut: "),
        ("p { color: #999 }", "contrast "),
        ("p { font-size: 8px }", "small: "),
        ("p { position: relative; left: -50px }", "hangs over: "),
        ("", ""),
    ] {
        let text = format!("<!DOCTYPE html><style>p {{ color: #000 }} {style}</style><p>some words</p>");
        std::fs::write(&path, text).unwrap();
        let mut page = browser.open(&path, 375, "light");
        let found = faults(&mut page);
        assert_eq!(found.is_empty(), fault.is_empty(), "{style}: {found:?}");
        assert!(
            found.iter().all(|found| found.starts_with(fault)) || style.contains("2000"),
            "{style}: {found:?}"
        );
    }
    assert_eq!(browser.open(&path, 375, "dark").evaluate("1 + 1"), Value::from(2));
}
