//! The fields that forms are made of: a label, an input, what it is understood as, and what is wrong.

use std::borrow::Cow;

use egui::{Button, Key, Response, RichText, ScrollArea, Sense, Ui, UiBuilder, Vec2};
use egui_material_icons::icons::*;

use crate::workbench::forms::Form;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Height of the list of suggestions.
const MENU_HEIGHT: f32 = 320.0;
const MENU_WIDTH: f32 = 320.0;

/// Something that a field offers.
pub struct Offer<'a> {
    /// The value.
    pub value: Cow<'a, str>,
    /// What it is, in small print.
    pub about: Cow<'a, str>,
}

/// The keys that were pressed in a field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    /// Enter: make the change.
    pub entered: bool,
    /// Escape: close the form.
    pub escaped: bool,
}

/// A form under the pen.
pub struct Fields<'a> {
    /// Where it is drawn.
    pub ui: &'a mut Ui,
    /// What is filled in.
    pub form: &'a mut Form,
    /// The keys so far.
    pub keys: Keys,
}

/// A field's label, painted: the field itself is named, and a screen reader should not say it twice.
pub fn label(ui: &mut Ui, name: &str, optional: bool) {
    let tokens = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), size::HEADING), Sense::hover());
    let label = RichText::new(name).family(theme::semibold()).size(size::SMALL);
    let (width, _) = widgets::paint_text(ui, rect, label, tokens.muted);
    if optional {
        let rest = rect.with_min_x(rect.left() + width + space::S);
        widgets::paint_text(ui, rest, RichText::new("optional").size(size::SMALL), tokens.faint);
    }
}

impl<'a> Fields<'a> {
    /// The fields of `form`.
    pub fn new(ui: &'a mut Ui, form: &'a mut Form) -> Self {
        ui.spacing_mut().item_spacing.y = space::XS;
        Self { ui, form, keys: Keys::default() }
    }

    /// What a field holds.
    pub fn value(&self, key: &str) -> &str {
        self.form.values.get(key).map_or("", String::as_str)
    }

    /// A field for one line of text.
    pub fn text(&mut self, key: &'static str, name: &str, hint: &str) {
        let response =
            self.part(key, name, |ui, form| widgets::field(ui, form.values.entry(key).or_default(), name, hint));
        self.after(&response);
    }

    /// A field for a text that may have several lines.
    pub fn long(&mut self, key: &'static str, name: &str, hint: &str) {
        if !self.value(key).contains('\n') {
            return self.text(key, name, hint);
        }
        let response = self.part(key, name, |ui, form| {
            let value = form.values.entry(key).or_default();
            let edit = egui::TextEdit::multiline(value).desired_rows(3).desired_width(f32::INFINITY);
            ui.add(edit.background_color(theme::of(ui).canvas)).accessible_name(name)
        });
        self.keys.escaped |= response.lost_focus() && self.ui.input(|input| input.key_pressed(Key::Escape));
    }

    /// A field with a list to choose from. True when something was chosen there.
    pub fn offering(&mut self, key: &'static str, name: &str, hint: &str, offers: &[Offer]) -> bool {
        let (response, chosen) = self.part(key, name, |ui, form| {
            let value = form.values.entry(key).or_default();
            let row = ui.horizontal(|ui| offering(ui, value, name, hint, offers));
            let (response, chosen) = row.inner;
            let has_chosen = chosen.is_some();
            if let Some(chosen) = chosen {
                *value = chosen;
            }
            (response, has_chosen)
        });
        self.after(&response);
        chosen
    }

    /// One of a few values, all in sight.
    pub fn segments(&mut self, key: &'static str, name: &str, values: &[&str]) {
        let gap = 1.0;
        self.part(key, name, |ui, form| {
            let present = form.values.entry(key).or_default();
            let width = (ui.available_width() - gap * values.len().saturating_sub(1) as f32) / values.len() as f32;
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = gap;
                ui.spacing_mut().button_padding.x = 0.0;
                for value in values {
                    let tokens = theme::of(ui);
                    let chosen = *value == present;
                    let color = if chosen { tokens.accent } else { tokens.muted };
                    let label = RichText::new(*value).size(size::SMALL).family(theme::semibold()).color(color);
                    let button = Button::selectable(chosen, label).min_size(Vec2::new(width, 0.0));
                    let response = ui.add(button.frame_when_inactive(true)).accessible_name(format!("{name} {value}"));
                    if response.clicked() {
                        *present = (*value).to_owned();
                    }
                }
            });
        });
    }

    /// A label with what is below it. Remarks come and go above it while somebody types in it or looks at
    /// its list, so that its identity must not depend on what stands before it.
    fn part<R>(&mut self, key: &str, name: &str, add: impl FnOnce(&mut Ui, &mut Form) -> R) -> R {
        let id = self.ui.scope_id().with(("field", key));
        let form = &mut *self.form;
        self.ui
            .scope_builder(UiBuilder::new().scope_id(id), |ui| {
                label(ui, name, !form.key.subject.requires(key));
                add(ui, form)
            })
            .inner
    }

    /// What a field is understood as, unless something is wrong with it; then what is wrong.
    pub fn explain(&mut self, key: &str, understood: Option<String>) {
        let tokens = theme::of(self.ui);
        let marks: Vec<_> = self.form.marks(Some(key)).cloned().collect();
        if let Some(understood) = understood.filter(|_| !marks.iter().any(|mark| mark.is_invalid)) {
            let said = RichText::new(text::one_line(&understood)).size(size::SMALL).color(tokens.muted);
            self.ui.add(egui::Label::new(said).wrap());
        }
        for mark in marks {
            let (_, color) = widgets::severity(tokens, mark.severity);
            let said = RichText::new(text::one_line(&mark.text)).size(size::SMALL).color(color);
            self.ui.add(egui::Label::new(said).wrap());
        }
        self.ui.add_space(space::S);
    }

    fn after(&mut self, response: &Response) {
        if std::mem::take(&mut self.form.wants_focus) {
            response.request_focus();
        }
        if response.lost_focus() {
            self.keys.entered |= self.ui.input(|input| input.key_pressed(Key::Enter));
            self.keys.escaped |= self.ui.input(|input| input.key_pressed(Key::Escape));
        }
    }
}

/// A field and the button that opens its list; what was chosen there.
fn offering(ui: &mut Ui, value: &mut String, name: &str, hint: &str, offers: &[Offer]) -> (Response, Option<String>) {
    let height = ui.spacing().interact_size.y;
    let width = ui.available_width() - height - space::XS;
    ui.spacing_mut().item_spacing.x = space::XS;
    let field = ui.allocate_ui(Vec2::new(width, height), |ui| widgets::field(ui, value, name, hint)).inner;
    let height = field.rect.height();
    let mut chosen = None;
    ui.add_enabled_ui(!offers.is_empty(), |ui| {
        ui.spacing_mut().interact_size.y = height;
        ui.spacing_mut().button_padding.y = 0.0;
        ui.spacing_mut().button_padding.x = 0.0;
        let icon = ICON_ARROW_DROP_DOWN.rich_text().size(size::ICON).color(theme::of(ui).muted);
        let button = Button::new(icon).min_size(Vec2::splat(height));
        let menu = egui::containers::menu::MenuButton::from_button(button);
        let (response, _) = menu.ui(ui, |ui| chosen = choose(ui, offers, value));
        let said = format!("Choose {}", name.to_lowercase());
        response.accessible_name(&said).on_hover_text(said);
    });
    (field, chosen)
}

fn choose(ui: &mut Ui, offers: &[Offer], present: &str) -> Option<String> {
    let mut chosen = None;
    ui.set_width(MENU_WIDTH);
    ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for offer in offers {
            let tokens = theme::of(ui);
            let height = if offer.about.is_empty() { size::ROW } else { size::ROW + space::L };
            let name = text::one_line(&offer.value);
            let row = widgets::row(ui, height, offer.value == present, egui::accesskit::Role::MenuItem, &name);
            let inner = row.rect.shrink2(Vec2::new(space::M, space::XS));
            let (upper, lower) = match offer.about.is_empty() {
                true => (inner, None),
                false => {
                    let (upper, lower) = inner.split_top_bottom_at_fraction(0.55);
                    (upper, Some(lower))
                }
            };
            widgets::paint_text(ui, upper, RichText::new(&name), tokens.text);
            if let Some(lower) = lower {
                let about = RichText::new(text::one_line(&offer.about)).size(size::SMALL);
                widgets::paint_text(ui, lower, about, tokens.faint);
            }
            if row.clicked() {
                chosen = Some(offer.value.clone().into_owned());
                ui.close();
            }
        }
    });
    chosen
}
