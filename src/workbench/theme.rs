//! Design tokens: every colour, font and spacing of the window is named here and nowhere else.
//!
//! Two tables, dark and light, with the same names. Text on its usual ground meets WCAG AA (4.5 : 1).

use std::sync::Arc;

use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Vec2,
};

/// The colours of one theme, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Ground of editors and charts.
    pub canvas: Color32,
    /// Ground of panels and bars.
    pub surface: Color32,
    /// Fields, chips and buttons on a panel.
    pub raised: Color32,
    /// The same under the pointer.
    pub hover: Color32,
    /// Lines between areas.
    pub border: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub muted: Color32,
    /// Text that only accompanies: line numbers, units, hints.
    pub faint: Color32,
    /// The one accent colour: primary buttons, selection, measured points.
    pub accent: Color32,
    /// The accent as a ground for selected rows.
    pub accent_soft: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Good: met, answered.
    pub good: Color32,
    /// Warnings.
    pub warn: Color32,
    /// Errors, missed targets.
    pub bad: Color32,
    /// Syntax: mapping keys.
    pub syntax_key: Color32,
    /// Syntax: strings.
    pub syntax_string: Color32,
    /// Syntax: numbers.
    pub syntax_number: Color32,
    /// Syntax: true, false, null.
    pub syntax_constant: Color32,
    /// Syntax: comments.
    pub syntax_comment: Color32,
    /// Syntax: punctuation.
    pub syntax_punctuation: Color32,
    /// Syntax: anchors, aliases and tags.
    pub syntax_anchor: Color32,
    /// Grounds that tell things apart which have no order, under [`Tokens::text`].
    pub kinds: [Color32; 8],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub const DARK: Tokens = Tokens {
    canvas: rgb(0x13151a),
    surface: rgb(0x1a1d23),
    raised: rgb(0x242831),
    hover: rgb(0x2d323d),
    border: rgb(0x2c313b),
    text: rgb(0xdce0e8),
    muted: rgb(0x9da6b7),
    faint: rgb(0x7d8698),
    accent: rgb(0x6ba5ff),
    accent_soft: rgb(0x233a5e),
    on_accent: rgb(0x0a1120),
    good: rgb(0x5fcf90),
    warn: rgb(0xe8b857),
    bad: rgb(0xf4767e),
    syntax_key: rgb(0x82b6ff),
    syntax_string: rgb(0xa3d8a5),
    syntax_number: rgb(0xf3b68d),
    syntax_constant: rgb(0xcaa0f2),
    syntax_comment: rgb(0x7d8698),
    syntax_punctuation: rgb(0x8f98aa),
    syntax_anchor: rgb(0xe8c27d),
    kinds: [
        rgb(0x2b4470),
        rgb(0x5a3a66),
        rgb(0x2f5a45),
        rgb(0x6a4526),
        rgb(0x5e3340),
        rgb(0x27565e),
        rgb(0x55512a),
        rgb(0x41417a),
    ],
};

/// The light theme.
pub const LIGHT: Tokens = Tokens {
    canvas: rgb(0xf5f6f8),
    surface: rgb(0xfcfcfd),
    raised: rgb(0xeaecf0),
    hover: rgb(0xdfe3ea),
    border: rgb(0xd8dce3),
    text: rgb(0x1d222d),
    muted: rgb(0x545d6e),
    faint: rgb(0x69727f),
    accent: rgb(0x2360e6),
    accent_soft: rgb(0xd5e3ff),
    on_accent: rgb(0xffffff),
    good: rgb(0x137a44),
    warn: rgb(0x8f5f00),
    bad: rgb(0xc02a37),
    syntax_key: rgb(0x0a55c0),
    syntax_string: rgb(0x187735),
    syntax_number: rgb(0xaa4d08),
    syntax_constant: rgb(0x7b4bd6),
    syntax_comment: rgb(0x69727f),
    syntax_punctuation: rgb(0x5f6878),
    syntax_anchor: rgb(0x8f5f00),
    kinds: [
        rgb(0xc7dafc),
        rgb(0xe6d2f2),
        rgb(0xc9ead6),
        rgb(0xf6dcc3),
        rgb(0xf5cfd6),
        rgb(0xc5e7ec),
        rgb(0xebe6bd),
        rgb(0xd6d6f7),
    ],
};

/// Spacing scale in points; no other distance is used.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between rows.
    pub const S: f32 = 6.0;
    /// Between controls.
    pub const M: f32 = 8.0;
    /// Inside panels.
    pub const L: f32 = 12.0;
    /// Between sections.
    pub const XL: f32 = 20.0;
}

/// Text sizes in points.
pub mod size {
    /// Chips in rows.
    pub const TINY: f32 = 9.5;
    /// Captions, chips, the status bar.
    pub const SMALL: f32 = 11.0;
    /// Everything else.
    pub const BODY: f32 = 13.0;
    /// Code.
    pub const CODE: f32 = 12.5;
    /// Panel titles.
    pub const HEADING: f32 = 15.0;
    /// The start screen's title.
    pub const DISPLAY: f32 = 26.0;
    /// Icons.
    pub const ICON: f32 = 16.0;
    /// Rows of trees and lists.
    pub const ROW: f32 = 24.0;
    /// Line height of code.
    pub const CODE_LINE: f32 = 19.0;
}

/// A colour as the ground of a chip or banner that carries text of the same colour.
pub fn tint(color: Color32) -> Color32 {
    color.gamma_multiply(0.13)
}

/// A colour as the ground of an area that stays behind what is drawn upon it.
pub fn tint_faint(color: Color32) -> Color32 {
    color.gamma_multiply(0.07)
}

/// A colour as the ground of what stands out from such a ground.
pub fn tint_strong(color: Color32) -> Color32 {
    color.gamma_multiply(0.24)
}

/// A colour as the edge of such a ground.
pub fn tint_edge(color: Color32) -> Color32 {
    color.gamma_multiply(0.45)
}

/// The ground of what belongs to the family of this name: always the same one.
pub fn flame(tokens: &Tokens, family: &str) -> Color32 {
    let hash = family
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let at = (hash >> 32) as usize % tokens.kinds.len();
    tokens.kinds.get(at).copied().unwrap_or(tokens.raised)
}

/// Such a ground where it is not what is looked at.
pub fn dimmed(ground: Color32) -> Color32 {
    ground.gamma_multiply(0.4)
}

/// What darkens the window behind a dialog.
pub fn backdrop() -> Color32 {
    Color32::from_black_alpha(110)
}

/// What leaves the colours of a picture as they are.
pub const UNTINTED: Color32 = Color32::WHITE;

/// The tokens of a theme.
pub fn tokens(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// The tokens of the theme that `ui` is drawn in.
pub fn of(ui: &egui::Ui) -> &'static Tokens {
    tokens(if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light })
}

/// The family for titles and emphasised figures.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// Installs fonts and both themes' styles; once, before the first frame.
pub fn install(ctx: &egui::Context) {
    install_fonts(ctx);
    for (theme, tokens) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| apply(style, tokens));
    }
}

fn install_fonts(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [
        ("inter", include_bytes!("../../assets/fonts/Inter-Regular.otf").as_slice()),
        ("inter-semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf").as_slice()),
        ("jetbrains-mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf").as_slice()),
    ] {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    }
    let with_first = |family: &FontFamily, first: &str, fonts: &FontDefinitions| {
        let mut names = vec![first.to_owned()];
        names.extend(fonts.families.get(family).into_iter().flatten().cloned());
        names
    };
    let proportional = with_first(&FontFamily::Proportional, "inter", &fonts);
    let emphasised = with_first(&FontFamily::Proportional, "inter-semibold", &fonts);
    let monospace = with_first(&FontFamily::Monospace, "jetbrains-mono", &fonts);
    fonts.families.insert(FontFamily::Proportional, proportional);
    fonts.families.insert(FontFamily::Monospace, monospace);
    fonts.families.insert(semibold(), emphasised);
    ctx.set_fonts(fonts);
    egui_material_icons::initialize(ctx);
}

fn apply(style: &mut egui::Style, tokens: &Tokens) {
    style.text_styles = [
        (TextStyle::Heading, FontId::new(size::HEADING, semibold())),
        (TextStyle::Body, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Small, FontId::new(size::SMALL, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(size::CODE, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(space::M, space::S);
    style.spacing.button_padding = Vec2::new(10.0, 5.0);
    style.spacing.interact_size.y = 26.0;
    style.spacing.menu_margin = Margin::same(space::S as i8);
    style.spacing.scroll = egui::style::ScrollStyle::thin();
    style.animation_time = 0.12;

    let visuals = &mut style.visuals;
    visuals.panel_fill = tokens.surface;
    visuals.window_fill = tokens.surface;
    visuals.extreme_bg_color = tokens.canvas;
    visuals.faint_bg_color = tokens.raised;
    visuals.code_bg_color = tokens.raised;
    visuals.window_stroke = Stroke::new(1.0, tokens.border);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warn;
    visuals.error_fg_color = tokens.bad;
    visuals.selection.bg_fill = tokens.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.weak_text_color = Some(tokens.muted);
    visuals.text_cursor.stroke = Stroke::new(2.0, tokens.accent);
    visuals.indent_has_left_vline = false;
    visuals.slider_trailing_fill = true;
    let widgets = &mut visuals.widgets;
    for (widget, ground, outline) in [
        (&mut widgets.noninteractive, tokens.surface, tokens.border),
        (&mut widgets.inactive, tokens.raised, Color32::TRANSPARENT),
        (&mut widgets.hovered, tokens.hover, tokens.border),
        (&mut widgets.active, tokens.accent_soft, tokens.accent),
        (&mut widgets.open, tokens.hover, tokens.border),
    ] {
        widget.bg_fill = ground;
        widget.weak_bg_fill = ground;
        widget.fg_stroke = Stroke::new(1.0, tokens.text);
        widget.bg_stroke = Stroke::new(1.0, outline);
        widget.corner_radius = CornerRadius::same(6);
        widget.expansion = 0.0;
    }
}
