//! The heatmap: on a terminal, and as a drawing.

use anstyle::{Ansi256Color, RgbColor, Style};
use plotters::prelude::*;
use plotters::style::colors::colormaps::ViridisRGB;

use super::print::unit;
use crate::cli::style::{self, paint};
use crate::error::{Error, Result};
use crate::text::visible;
use crate::tune::{Heatmap, Tuned};

/// What is drawn, in pixels: a cell, the room for the axes' labels, and for the scale of colours.
const CELL: u32 = 44;
const MARGIN: u32 = 110;
const SCALE: u32 = 120;
/// However few or many cells there are.
const SMALLEST: u32 = 420;
const LARGEST: u32 = 1600;

/// A colour of the viridis scale, which all eyes can tell apart and which stays in order without colours.
fn colour(figure: f64, range: (f64, f64)) -> RGBColor {
    let (low, high) = if range.0 < range.1 { range } else { (range.0 - 1.0, range.1 + 1.0) };
    ViridisRGB.get_color_normalized(figure, low, high)
}

/// Whether dark text reads better on a colour.
fn is_light(RGBColor(red, green, blue): RGBColor) -> bool {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue) > 140.0
}

/// The heatmap for a terminal: a figure a cell on its colour; the best cell in brackets, the incumbent's with a star.
pub fn table(heatmap: &Heatmap, tuned: &Tuned) -> String {
    let heatmap = &readable(heatmap);
    let mut text = format!("\n{}\n", paint(style::HEADING, title(heatmap, tuned)));
    let Some(range) = heatmap.range() else { return text };
    let cell = |row: usize, column: usize| {
        let figure = heatmap.figures[row][column].map_or("-".to_owned(), |figure| format!("{figure:.1}"));
        let star = if heatmap.incumbent == Some((column, row)) { "*" } else { "" };
        if heatmap.best == (column, row) { format!("[{figure}{star}]") } else { format!(" {figure}{star} ") }
    };
    let (columns, rows) = (heatmap.x.1.len(), heatmap.y.1.len());
    let longest = |texts: &mut dyn Iterator<Item = String>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
    let width = longest(&mut (0..rows).flat_map(|row| (0..columns).map(move |column| cell(row, column))))
        .max(longest(&mut heatmap.x.1.iter().map(|value| format!(" {value} "))));
    let labels = longest(&mut heatmap.y.1.iter().chain([&heatmap.y.0]).cloned());
    text += &format!("  {:>labels$}  {} across\n  {:>labels$} ", heatmap.y.0, heatmap.x.0, "");
    heatmap.x.1.iter().for_each(|value| text += &format!("{:>width$}", format!("{value} ")));
    text.push('\n');
    for (row, value) in heatmap.y.1.iter().enumerate() {
        text += &format!("  {value:>labels$} ");
        for column in 0..columns {
            let padded = format!("{:>width$}", cell(row, column));
            text += &match heatmap.figures[row][column] {
                Some(figure) => paint(on(colour(figure, range)), padded),
                None => padded,
            };
        }
        text.push('\n');
    }
    text += "  [ ]: the best cell, through which this is a slice. *: the incumbent's values\n";
    text
}

fn on(colour: RGBColor) -> Style {
    let text = if is_light(colour) { Ansi256Color(16) } else { Ansi256Color(231) };
    let RGBColor(red, green, blue) = colour;
    Style::new().fg_color(Some(text.into())).bg_color(Some(RgbColor(red, green, blue).into()))
}

fn title(heatmap: &Heatmap, tuned: &Tuned) -> String {
    let with = if heatmap.others.is_empty() { String::new() } else { format!(" with {}", heatmap.others.join(", ")) };
    visible(format_args!("{} of {}{with}, {} slates", unit(tuned.objective), tuned.version, tuned.slates))
}

/// The heatmap with its labels made visible.
fn readable(heatmap: &Heatmap) -> Heatmap {
    let axis = |(name, values): &(String, Vec<String>)| (visible(name), values.iter().map(visible).collect());
    Heatmap { x: axis(&heatmap.x), y: axis(&heatmap.y), ..heatmap.clone() }
}

/// The heatmap as an SVG: axes with their parameters and values, a scale of colours with its unit, the best cell framed,
/// the incumbent's marked.
///
/// # Errors
/// Nothing to draw.
pub fn svg(heatmap: &Heatmap, tuned: &Tuned) -> Result<String> {
    let heatmap = &readable(heatmap);
    let (columns, rows) = (heatmap.x.1.len() as u32, heatmap.y.1.len() as u32);
    let size = |cells: u32, besides: u32| (cells * CELL).clamp(SMALLEST, LARGEST) + besides;
    let (width, height) = (size(columns, MARGIN + SCALE), size(rows, 2 * MARGIN));
    let mut text = String::new();
    draw(heatmap, tuned, &mut text, (width, height)).map_err(|error| Error::Engine(error.to_string().into()))?;
    Ok(text)
}

fn draw(
    heatmap: &Heatmap,
    tuned: &Tuned,
    text: &mut String,
    (width, height): (u32, u32),
) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(text, (width, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let range = heatmap.range().unwrap_or((0.0, 0.0));
    let (map, scale) = area.split_horizontally(width - SCALE);
    let (columns, rows) = (heatmap.x.1.len() as i32, heatmap.y.1.len() as i32);
    let font = || ("sans-serif", 14).into_font();
    let mut chart = ChartBuilder::on(&map)
        .margin(16)
        .caption(title(heatmap, tuned), ("sans-serif", 16))
        .x_label_area_size(64)
        .y_label_area_size(80)
        .build_cartesian_2d((0..columns - 1).into_segmented(), (0..rows - 1).into_segmented())?;
    let value = |values: &[String], at: &SegmentValue<i32>| match at {
        SegmentValue::CenterOf(at) => usize::try_from(*at).ok().and_then(|at| values.get(at)).cloned(),
        _ => None,
    };
    chart
        .configure_mesh()
        .disable_mesh()
        .label_style(font())
        .x_desc(&heatmap.x.0)
        .y_desc(&heatmap.y.0)
        .x_labels(heatmap.x.1.len().min(24))
        .y_labels(heatmap.y.1.len().min(24))
        .x_label_formatter(&|at| value(&heatmap.x.1, at).unwrap_or_default())
        .y_label_formatter(&|at| value(&heatmap.y.1, at).unwrap_or_default())
        .draw()?;
    let corners = |column: usize, row: usize| {
        let (column, row) = (column as i32, row as i32);
        [
            (SegmentValue::Exact(column), SegmentValue::Exact(row)),
            (SegmentValue::Exact(column + 1), SegmentValue::Exact(row + 1)),
        ]
    };
    for (row, figures) in heatmap.figures.iter().enumerate() {
        let cells = figures.iter().enumerate().filter_map(|(column, figure)| Some((column, (*figure)?)));
        chart.draw_series(
            cells.map(|(column, figure)| Rectangle::new(corners(column, row), colour(figure, range).filled())),
        )?;
    }
    let frame = |(column, row): (usize, usize), colour: RGBColor, width: u32| {
        Rectangle::new(corners(column, row), colour.stroke_width(width))
    };
    let incumbent = heatmap.incumbent.map(|at| frame(at, WHITE, 2));
    chart.draw_series([frame(heatmap.best, RGBColor(220, 20, 60), 3)].into_iter().chain(incumbent))?;
    draw_scale(&scale, range, unit(tuned.objective))?;
    area.present()?;
    Ok(())
}

/// The scale of colours with its two ends, and what the frames mean.
fn draw_scale<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    (low, high): (f64, f64),
    unit: &str,
) -> Result<(), Box<dyn std::error::Error>>
where
    B::ErrorType: 'static,
{
    const STEPS: i32 = 64;
    const TALL: i32 = 3;
    let (left, top) = (8, 60);
    let label = ("sans-serif", 13).into_font();
    area.draw(&Text::new(unit.to_owned(), (left, top - 36), label.clone()))?;
    area.draw(&Text::new(format!("{high:.1}"), (left, top - 16), label.clone()))?;
    for step in 0..STEPS {
        let figure = high - (high - low) * f64::from(step) / f64::from(STEPS - 1);
        let at = top + step * TALL;
        area.draw(&Rectangle::new([(left, at), (left + 18, at + TALL)], colour(figure, (low, high)).filled()))?;
    }
    let below = top + STEPS * TALL + 6;
    area.draw(&Text::new(format!("{low:.1}"), (left, below), label.clone()))?;
    area.draw(&Text::new("red frame: best", (left, below + 28), label.clone()))?;
    area.draw(&Text::new("white: incumbent", (left, below + 46), label))?;
    Ok(())
}
