// Every way in which C takes and returns bytes, and what C programs do besides: printing, failing,
// asking for memory. Built by each toolchain of build.sh.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define EXPORT extern "C" EMSCRIPTEN_KEEPALIVE
#else
#define EXPORT extern "C" __attribute__((used, visibility("default")))
#endif

namespace {

/// A global object whose constructor has to run before anything else does.
struct Catalogue {
  std::string name;
  Catalogue() : name("constructed") {}
} catalogue;

int calls = 0;

uint8_t *copy_of(const std::string &text) {
  auto *bytes = static_cast<uint8_t *>(malloc(text.size() + 1));
  memcpy(bytes, text.c_str(), text.size() + 1);
  return bytes;
}

std::string text(const void *in, size_t length) { return std::string(static_cast<const char *>(in), length); }

/// What every shape answers: the sum of the input's bytes, their number, and the input itself.
std::string receipt(const std::string &in) {
  uint32_t sum = 0;
  for (unsigned char byte : in) sum = sum * 31 + byte;
  return "{\"length\":" + std::to_string(in.size()) + ",\"sum\":" + std::to_string(sum) + ",\"input\":" +
         (in.empty() ? "null" : in) + "}";
}

}  // namespace

EXPORT uint8_t *buffer_out_length(const uint8_t *in, size_t length, size_t *out_length) {
  std::string out = receipt(text(in, length));
  *out_length = out.size();
  return copy_of(out);
}

EXPORT uint64_t packed(const uint8_t *in, size_t length) {
  std::string out = receipt(text(in, length));
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(copy_of(out))) << 32 | out.size();
}

EXPORT const char *cString(const char *in) { return reinterpret_cast<const char *>(copy_of(receipt(in))); }

EXPORT int status_out(const uint8_t *in, size_t length, uint8_t **out, size_t *out_length) {
  std::string input = text(in, length);
  bool known = input.find("unknown") == std::string::npos;
  std::string answer = known ? receipt(input) : "{\"error\":\"unknown customer\"}";
  *out = copy_of(answer);
  *out_length = answer.size();
  return known ? 0 : 7;
}

EXPORT int status_alone(const uint8_t *in, size_t length, uint8_t **out, size_t *out_length) {
  if (length < 4) return -3;
  std::string answer = receipt(text(in, length));
  *out = copy_of(answer);
  *out_length = answer.size();
  return 0;
}

struct Bytes {
  uint8_t *data;
  size_t length;
};

EXPORT Bytes struct_return(const uint8_t *in, size_t length) {
  std::string out = receipt(text(in, length));
  return Bytes{copy_of(out), out.size()};
}

/// The answer lies in a buffer of its own, which nobody may free.
EXPORT const char *static_buffer(const char *in) {
  static char buffer[4096];
  snprintf(buffer, sizeof buffer, "{\"length\":%zu}", strlen(in));
  return buffer;
}

/// The answer is the input itself, changed in place.
EXPORT uint8_t *in_place(uint8_t *in, size_t length, size_t *out_length) {
  for (size_t at = 0; at < length; at++)
    if (in[at] == 'a') in[at] = 'A';
  *out_length = length;
  return in;
}

EXPORT const char *bufferToText(const char *in, size_t length) {
  return reinterpret_cast<const char *>(copy_of(receipt(text(in, length))));
}

EXPORT uint8_t *no_input(size_t *out_length) {
  std::string out = "{\"catalogue\":\"" + catalogue.name + "\"}";
  *out_length = out.size();
  return copy_of(out);
}

EXPORT uint64_t constructed(const uint8_t *in, size_t length) {
  std::string out = "{\"catalogue\":\"" + catalogue.name + "\",\"input\":" + text(in, length) + "}";
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(copy_of(out))) << 32 | out.size();
}

EXPORT int count_calls() { return ++calls; }

EXPORT double ratio() { return 0.625; }

EXPORT uint8_t *logs(const uint8_t *in, size_t length, size_t *out_length) {
  printf("got %zu bytes\n", length);
  fprintf(stderr, "a complaint\n");
  printf("{\"level\":\"warn\",\"message\":\"slow\",\"ms\":12}\n");
  *out_length = 4;
  return copy_of(text(in, length).empty() ? "null" : "true");
}

/// More memory than a module has at first.
EXPORT uint8_t *hungry(const uint8_t *in, size_t length, size_t *out_length) {
  size_t size = 32u << 20;
  uint8_t *volatile bytes = static_cast<uint8_t *>(malloc(size));
  std::string out = bytes ? "{\"memory\":true}" : "{\"error\":\"no memory\"}";
  if (bytes) memset(bytes, in[length - 1], size);
  *out_length = out.size();
  return copy_of(out);
}

EXPORT uint8_t *clocks(const uint8_t *in, size_t length, size_t *out_length) {
  std::string out = "{\"year\":" + std::to_string(1970 + time(nullptr) / 31556952) + ",\"input\":" + text(in, length) + "}";
  *out_length = out.size();
  return copy_of(out);
}

EXPORT uint8_t *exits(const uint8_t *in, size_t length, size_t *out_length) {
  *out_length = length;
  if (length > 0) exit(in[0]);
  return nullptr;
}

EXPORT uint8_t *asserts(const uint8_t *in, size_t length, size_t *out_length) {
  assert(in[0] == '[');
  *out_length = length;
  return copy_of(text(in, length));
}

EXPORT uint8_t *aborts(const uint8_t *in, size_t length, size_t *out_length) {
  *out_length = length;
  if (in[0] == '{') abort();
  return copy_of(text(in, length));
}

EXPORT int add(int a, int b) { return a + b; }
EXPORT int scale(int number) { return number * 3; }
EXPORT double mean(double a, double b) { return (a + b) / 2; }

#ifdef WITH_EXCEPTIONS
#include <stdexcept>
EXPORT uint8_t *catches(const uint8_t *in, size_t length, size_t *out_length) {
  std::string out;
  try {
    if (in[0] == '{') throw std::runtime_error("not a list");
    out = text(in, length);
  } catch (const std::exception &error) {
    out = std::string("{\"error\":\"") + error.what() + "\"}";
  }
  *out_length = out.size();
  return copy_of(out);
}
EXPORT uint8_t *throws(const uint8_t *in, size_t length, size_t *out_length) {
  if (in[0] == '{') throw std::runtime_error("not a list");
  *out_length = length;
  return copy_of(text(in, length));
}
#endif

#ifdef WITH_MAIN
int main() {
  printf("main ran\n");
  return 0;
}
#endif
