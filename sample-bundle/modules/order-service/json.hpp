// JSON values, read from and written to text. Objects keep the order of their fields; numbers are
// doubles, as in JSON itself.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

struct Json {
  enum class Kind { Null, Boolean, Number, Text, List, Object };

  Kind kind = Kind::Null;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<Json> list;
  std::vector<std::pair<std::string, Json>> fields;

  Json() = default;
  Json(bool value) : kind(Kind::Boolean), boolean(value) {}
  Json(double value) : kind(Kind::Number), number(value) {}
  Json(long value) : kind(Kind::Number), number(static_cast<double>(value)) {}
  Json(std::string value) : kind(Kind::Text), text(std::move(value)) {}
  Json(const char *value) : kind(Kind::Text), text(value) {}

  static Json array() { return of(Kind::List); }
  static Json object() { return of(Kind::Object); }

  /// The field of an object; null where there is none.
  const Json *find(const std::string &name) const;
  /// Adds a field and gives the object back.
  Json &with(std::string name, Json value);

  bool is(Kind wanted) const { return kind == wanted; }
  std::string written() const;

 private:
  static Json of(Kind kind) {
    Json json;
    json.kind = kind;
    return json;
  }
};

/// Reads a text; nothing where it is not JSON, or nests deeper than 64 levels.
std::optional<Json> read_json(const std::string &text);
