#include "json.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int deepest = 64;

class Reader {
 public:
  explicit Reader(const std::string &text) : text_(text) {}

  std::optional<Json> document() {
    Json value;
    if (!read(value, 0)) return std::nullopt;
    skip_space();
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  const std::string &text_;
  size_t at_ = 0;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char wanted) {
    skip_space();
    if (peek() != wanted) return false;
    at_++;
    return true;
  }

  bool take_word(const char *word) {
    std::string wanted = word;
    if (text_.compare(at_, wanted.size(), wanted) != 0) return false;
    at_ += wanted.size();
    return true;
  }

  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') at_++;
  }

  bool read(Json &value, int depth) {
    if (depth > deepest) return false;
    skip_space();
    switch (peek()) {
      case '{': return read_object(value, depth);
      case '[': return read_list(value, depth);
      case '"': value.kind = Json::Kind::Text; return read_text(value.text);
      case 't': value = Json(true); return take_word("true");
      case 'f': value = Json(false); return take_word("false");
      case 'n': value = Json(); return take_word("null");
      default: return read_number(value);
    }
  }

  bool read_object(Json &value, int depth) {
    value = Json::object();
    at_++;
    if (take('}')) return true;
    do {
      skip_space();
      std::string name;
      Json field;
      if (peek() != '"' || !read_text(name) || !take(':') || !read(field, depth + 1)) return false;
      value.with(std::move(name), std::move(field));
    } while (take(','));
    return take('}');
  }

  bool read_list(Json &value, int depth) {
    value = Json::array();
    at_++;
    if (take(']')) return true;
    do {
      Json item;
      if (!read(item, depth + 1)) return false;
      value.list.push_back(std::move(item));
    } while (take(','));
    return take(']');
  }

  bool read_number(Json &value) {
    const char *start = text_.c_str() + at_;
    if (*start != '-' && (*start < '0' || *start > '9')) return false;
    char *end = nullptr;
    value = Json(std::strtod(start, &end));
    at_ += static_cast<size_t>(end - start);
    return std::isfinite(value.number);
  }

  bool read_text(std::string &into) {
    at_++;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        into.push_back(c);
      } else if (!read_escape(into)) {
        return false;
      }
    }
    return false;
  }

  bool read_escape(std::string &into) {
    if (at_ >= text_.size()) return false;
    switch (char c = text_[at_++]) {
      case 'b': into.push_back('\b'); return true;
      case 'f': into.push_back('\f'); return true;
      case 'n': into.push_back('\n'); return true;
      case 'r': into.push_back('\r'); return true;
      case 't': into.push_back('\t'); return true;
      case 'u': return read_unicode(into);
      default: into.push_back(c); return c == '"' || c == '\\' || c == '/';
    }
  }

  bool read_unicode(std::string &into) {
    unsigned high = 0, low = 0;
    if (!read_hex(high)) return false;
    unsigned point = high;
    if (high >= 0xd800 && high < 0xdc00) {
      // The first half of a character beyond the first 65,536.
      if (!take_word("\\u") || !read_hex(low) || low < 0xdc00 || low > 0xdfff) return false;
      point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    } else if (high >= 0xdc00 && high <= 0xdfff) {
      return false;
    }
    append_utf8(into, point);
    return true;
  }

  bool read_hex(unsigned &value) {
    if (at_ + 4 > text_.size()) return false;
    for (int digit = 0; digit < 4; digit++) {
      char c = text_[at_++];
      int number = c >= '0' && c <= '9'   ? c - '0'
                   : c >= 'a' && c <= 'f' ? c - 'a' + 10
                   : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                          : -1;
      if (number < 0) return false;
      value = value << 4 | static_cast<unsigned>(number);
    }
    return true;
  }

  static void append_utf8(std::string &into, unsigned point) {
    if (point < 0x80) {
      into.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      into.push_back(static_cast<char>(0xc0 | point >> 6));
      into.push_back(static_cast<char>(0x80 | (point & 0x3f)));
    } else if (point < 0x10000) {
      into.push_back(static_cast<char>(0xe0 | point >> 12));
      into.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
      into.push_back(static_cast<char>(0x80 | (point & 0x3f)));
    } else {
      into.push_back(static_cast<char>(0xf0 | point >> 18));
      into.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3f)));
      into.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
      into.push_back(static_cast<char>(0x80 | (point & 0x3f)));
    }
  }
};

void write_text(std::string &out, const std::string &text) {
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void write(std::string &out, const Json &value) {
  switch (value.kind) {
    case Json::Kind::Null: out += "null"; break;
    case Json::Kind::Boolean: out += value.boolean ? "true" : "false"; break;
    case Json::Kind::Text: write_text(out, value.text); break;
    case Json::Kind::Number: {
      char number[32];
      bool whole = value.number == std::floor(value.number) && std::fabs(value.number) < 1e15;
      snprintf(number, sizeof number, whole ? "%.0f" : "%.17g", value.number);
      out += number;
      break;
    }
    case Json::Kind::List: {
      out.push_back('[');
      for (size_t at = 0; at < value.list.size(); at++) {
        if (at > 0) out.push_back(',');
        write(out, value.list[at]);
      }
      out.push_back(']');
      break;
    }
    case Json::Kind::Object: {
      out.push_back('{');
      for (size_t at = 0; at < value.fields.size(); at++) {
        if (at > 0) out.push_back(',');
        write_text(out, value.fields[at].first);
        out.push_back(':');
        write(out, value.fields[at].second);
      }
      out.push_back('}');
      break;
    }
  }
}

}  // namespace

const Json *Json::find(const std::string &name) const {
  for (const auto &field : fields)
    if (field.first == name) return &field.second;
  return nullptr;
}

Json &Json::with(std::string name, Json value) {
  fields.emplace_back(std::move(name), std::move(value));
  return *this;
}

std::string Json::written() const {
  std::string out;
  write(out, *this);
  return out;
}

std::optional<Json> read_json(const std::string &text) { return Reader(text).document(); }
