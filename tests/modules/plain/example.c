#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((import_module("priostack"), import_name("log"))) void host_log(uint32_t level, const char *text, size_t length);

__attribute__((export_name("alloc"))) void *take_room(size_t length) { return malloc(length); }
__attribute__((export_name("dealloc"))) void give_back(void *start, size_t length) { free(start); }

__attribute__((export_name("greet"))) uint64_t greet(const char *input, size_t length) {
  host_log(1, "greeting", 8);
  char *output = malloc(32);
  size_t written = snprintf(output, 32, "{\"bytes\":%zu}", length);
  return (uint64_t)(uintptr_t)output << 32 | written;
}
