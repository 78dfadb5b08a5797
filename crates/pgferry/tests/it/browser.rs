//! The page of an assessment in a real browser: Chromium, without a head.

use std::{path::Path, process::Command};

use pgferry_lab::{Major, fresh_database, shared};

use crate::{assess::HOSTILE, words::pgferry};

/// Presses every button, unfolds everything, and writes what came of it into the document.
const VISIT: &str = r#"<script>
const seen = [];
for (const button of document.querySelectorAll("button")) {
  button.click();
  const shown = [...document.querySelectorAll("article[data-live]")].filter((card) => getComputedStyle(card).display !== "none");
  const severity = document.documentElement.dataset.severity, strategy = document.documentElement.dataset.strategy;
  const right = shown.every((card) => {
    const own = card.getAttribute("data-" + strategy);
    return own !== "none" && (severity === "all" || own === severity);
  });
  seen.push(button.dataset.value + ":" + right + ":" + button.getAttribute("aria-pressed"));
}
for (const fold of document.querySelectorAll("details")) fold.open = true;
const controls = [...document.querySelectorAll("input, select, textarea, [onclick], [tabindex]")].length;
document.body.innerHTML = "<p id=visited>" + JSON.stringify({
  seen, controls, scrolls: document.documentElement.scrollWidth > innerWidth, width: innerWidth,
  names: [...document.querySelectorAll("code")].map((code) => code.textContent).filter((name) => name.includes("ship")).length,
}) + "</p>";
</script>"#;

fn chromium() -> &'static str {
    let known = ["chromium", "chromium-browser", "google-chrome"];
    let here = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    known.into_iter().find(here).expect("Chromium is missing: apt-get install chromium")
}

/// What the visit wrote, and what the console said.
fn visit(page: &Path, width: u32, dark: bool) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(chromium());
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={width},2000"))
        .arg(format!("file://{}", page.display()));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let output = command.output().unwrap();
    let console =
        String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.contains("CONSOLE")).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), console)
}

#[test]
fn the_page_works_at_both_widths_without_a_word_on_the_console() {
    let server = shared(Major(15));
    let database = fresh_database(server, "browser").unwrap();
    server.psql(&database, HOSTILE).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let output = pgferry()
        .args(["assess", "--watch", "2s", "--source", &server.uri(&database), "--html"])
        .arg(&page)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        !html.contains("http://") && !html.contains("https://") && !html.contains("<b>"),
        "a link outside, or a name as markup"
    );
    std::fs::write(&page, html + VISIT).unwrap();
    for (width, dark) in [(1280, false), (390, false), (1280, true), (390, true)] {
        let (document, console) = visit(&page, width, dark);
        assert_eq!(console, "", "{width}");
        let visited = document.split("id=\"visited\">").nth(1).unwrap_or_else(|| panic!("{document}"));
        assert!(
            visited.contains("\"scrolls\":false") && visited.contains("\"controls\":0"),
            "{width}: {visited}"
        );
        assert!(!visited.contains(":false:") && !visited.contains(":true:false"), "{width}: {visited}");
        assert!(!visited.contains("\"names\":0"), "{width}: {visited}");
    }
}
