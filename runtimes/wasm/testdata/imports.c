// Functions that use what the host offers to modules.
// clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -Wl,--strip-all -o imports.wasm imports.c
#define EXPORT(name) __attribute__((export_name(#name))) name
#define IMPORT(module, name) __attribute__((import_module(module), import_name(#name)))

typedef long long i64;

IMPORT("dreamql", log) void log_text(const char *text, int length);
IMPORT("env", abort) void give_up(const void *message, const void *file, int line, int column);
IMPORT("wasi_snapshot_preview1", random_get) int random_get(void *at, int size);
IMPORT("wasi_snapshot_preview1", clock_time_get) int clock_time_get(int clock, i64 precision, i64 *out);
IMPORT("wasi_snapshot_preview1", path_open) int path_open(int fd, int flags, const char *path, int length, int open, i64 rights, i64 inheriting, int fdflags, int *out);
IMPORT("wasi_snapshot_preview1", proc_exit) void proc_exit(int code);

i64 EXPORT(chatty)(i64 a) {
  for (int i = 0; i < 1000; i++) log_text("hello", 5);
  log_text((const char *)0xfffffff0, 100);
  return a;
}

static const struct {
  int size;
  unsigned short text[3];
} message = {6, {'o', 'h', '!'}}, file = {6, {'a', '.', 't'}};

i64 EXPORT(aborting)(i64 a) {
  if (a == 2) give_up(message.text, file.text, 7, 9);
  if (a == 3) give_up((void *)0xfffffff0, (void *)2, 0, 0);
  return a;
}

// The same in every process and on every day.
i64 EXPORT(chance)(i64 a) {
  i64 r = 0, now = 0;
  random_get(&r, 8);
  clock_time_get(0, 1, &now);
  return r ^ now;
}

// The error number of opening a file under each descriptor that could be a folder: 0 would be success.
i64 EXPORT(opening)(i64 a) {
  int fd, worst = 1;
  for (int dir = 0; dir < 10; dir++)
    if (path_open(dir, 0, "etc/passwd", 10, 0, -1, -1, 0, &fd) == 0) worst = 0;
  return worst;
}

i64 EXPORT(leaving)(i64 a) {
  if (a == 2) proc_exit(5);
  return a;
}

IMPORT("wasi_snapshot_preview1", fd_write) int fd_write(int fd, const void *pieces, int count, int *written);

// Says why before it gives up, as Go programs do when they panic.
i64 EXPORT(dying)(i64 a) {
  const struct {
    const char *text;
    int length;
  } piece = {"\xff panic: oh dear\n", 18};
  int written;
  for (int i = 0; i < (a == 2 ? 1 : a == 3 ? 100000 : 0); i++) fd_write(2, &piece, 1, &written);
  if (a > 1) __builtin_trap();
  return a;
}
