//! One image's page.

use maud::{Markup, html};

use super::{HtmlTable, Remake, page, remake, section};
use crate::draw::Figure;
use crate::figures::{contributions, dct_patterns, deviation, log_spectrum, profile};
use crate::inspection::Inspection;
use crate::views::Views;
use crate::{Align, three_decimals};
use dftective_features::RadialSpectrum;

/// The drawn figures of an inspection.
pub fn inspection_figures(inspection: &Inspection, views: &Views) -> Vec<Figure> {
    let drawn = inspection.profile.as_ref().map(profile);
    let unusual = inspection.profile.as_ref().and_then(deviation);
    let judgement = inspection.judgement.as_ref();
    let explained = judgement.and_then(contributions);
    std::iter::once(log_spectrum(inspection, views))
        .chain(drawn)
        .chain(unusual)
        .chain(explained)
        .chain(judgement.into_iter().flat_map(dct_patterns))
        .collect()
}

/// The page of an inspection.
pub fn inspection_page(inspection: &Inspection, views: &Views) -> String {
    let figures = inspection_figures(inspection, views);
    let name = inspection
        .path
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(&inspection.path);
    let pixels = format!("{} × {} pixels", inspection.width, inspection.height);
    let smaller = if views.image.width < inspection.width {
        ", shown smaller"
    } else {
        ""
    };
    let lead = html! {
        @if let Some(judgement) = &inspection.judgement {
            p.lead { "Verdict: " span class={ "verdict " (judgement.verdict) } { (judgement.verdict) }
                ", probability of fake " (three_decimals(judgement.score)) }
        }
        @for paragraph in inspection.in_words() { p { (paragraph) } }
    };
    let fine = &inspection.fine_detail;
    let pictures = html! {
        div.figures {
            figure id="image" {
                h3 { "The picture, as the method sees it" }
                img alt={ "The brightness of " (name) } width=(views.image.width) height=(views.image.height)
                    src=(views.image.address());
                figcaption { "Brightness only, " (pixels) (smaller) "." }
            }
            @if let Some(attention) = &views.attention {
                figure id="attention" {
                    h3 { "Where the network looked" }
                    img alt={ "Parts of " (name) " that speak for fake, in orange" } width=(attention.width)
                        height=(attention.height) src=(attention.address());
                    figcaption {
                        "The more orange, the more a part of the picture speaks for fake (Grad-CAM: the network's last maps, \
                         weighed by how much the logit rises with each). Grey parts say nothing, speak for real, or were not \
                         looked at. Such a map is coarse, and no proof: networks often look where a human would see nothing."
                    }
                }
            }
            figure id="fine-detail" {
                h3 { "Only its fine detail" }
                img.pixels alt="What is left of the picture without its coarse detail" width=(views.fine.width)
                    height=(views.fine.height) src=(views.fine.address());
                figcaption {
                    "What remains beyond " (fine.radius) " cycles per pixel: detail finer than "
                    (format!("{:.1}", 1.0 / fine.radius.max(1e-9))) " pixels from crest to crest, "
                    (format!("{:.2}", 100.0 * fine.share)) " % of the contrast (variance). Middle grey is nothing; black and \
                     white are " (format!("{:.1}", fine.amplitude)) " grey levels less and more. Camera noise looks like \
                     even grain; a generator's upsampling can show as a fine regular weave."
                    @if fine.shown != (inspection.width, inspection.height) {
                        " Shown is the middle, " (fine.shown.0) " × " (fine.shown.1) " pixels, each as it is."
                    }
                }
            }
            @for figure in &figures { (figure.html()) }
        }
        (families(inspection))
    };
    let mut facts = vec![
        ("program", format!("dftective {}", inspection.version)),
        ("image", inspection.path.clone()),
        ("format", inspection.format.clone()),
        ("features", inspection.recipe.clone()),
    ];
    if let Some(quality) = inspection.jpeg_quality {
        facts.push(("JPEG quality", format!("about {quality}")));
    }
    if let Some(judgement) = &inspection.judgement {
        facts.push(("detector", judgement.model.clone()));
        facts.push(("classifier", judgement.classifier.clone()));
        facts.push(("margin", judgement.margin.to_string()));
        facts.push(("score", judgement.score.to_string()));
    }
    let made = Remake {
        command: &inspection.command,
        facts,
    };
    page(
        &format!("Inspection of {name}"),
        &lead,
        &[
            section("pictures", "What is to be seen", pictures),
            section("remake", "How to make this page again", remake(&made)),
        ],
    )
}

/// What each family adds to the margin, where there is more than the radial spectrum.
fn families(inspection: &Inspection) -> Markup {
    let all: Vec<_> = inspection
        .judgement
        .iter()
        .flat_map(|judgement| &judgement.families)
        .collect();
    if all.iter().all(|family| family.family == RadialSpectrum::NAME) {
        return html! {};
    }
    let mut table = HtmlTable::new(
        "What each family of features adds to the margin; above 0 it speaks for fake",
        &[
            ("family", Align::Left),
            ("features", Align::Right),
            ("added to the margin", Align::Right),
        ],
    );
    for family in all {
        table.row([
            family.family.clone(),
            family.features.to_string(),
            format!("{:+.3}", family.margin),
        ]);
    }
    table.html()
}
