// A program: JSON on standard input, JSON on standard output, the function's name as argument.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <unistd.h>

int main(int argc, char **argv) {
  std::string input;
  char buffer[4096];
  for (size_t count; (count = fread(buffer, 1, sizeof buffer, stdin)) > 0;) input.append(buffer, count);
  std::string function = argc > 1 ? argv[1] : "";
  fprintf(stderr, "%s got %zu bytes\n", function.c_str(), input.size());
  if (function == "refuse") {
    fprintf(stderr, "the input is refused\n");
    return 3;
  }
  if (function == "file") {
    FILE *file = fopen("/etc/hostname", "r");
    printf("{\"opened\":%s}", file ? "true" : "false");
    return 0;
  }
  if (function == "sleep") {
    timespec time = {0, 30 * 1000 * 1000};
    nanosleep(&time, nullptr);
    printf("true");
    return 0;
  }
  if (function == "sleepLong") {
    sleep(3600);
    return 0;
  }
  if (function == "large") {
    printf("\"");
    for (int i = 0; i < 1000000; i++) putchar('x');
    printf("\"");
    return 0;
  }
  if (function == "quiet") return 0;
  printf("{\"function\":\"%s\",\"arguments\":%d,\"home\":%s,\"input\":%s}\n", function.c_str(), argc,
         getenv("HOME") ? "true" : "false", input.empty() ? "null" : input.c_str());
  return 0;
}
