// Scores for ranking. Each is there twice: of one row, and of whole columns, which the compiler makes SIMD code of.
#define EXPORT(name) __attribute__((export_name(#name))) name

// The lower bound of the share of clicks (Wilson's interval at 95 %), which is careful about few impressions.
static inline double wilson(double clicks, double shown) {
  const double z = 1.96;
  double share = clicks / shown;
  double center = share + z * z / (2 * shown);
  double spread = z * __builtin_sqrt((share * (1 - share) + z * z / (4 * shown)) / shown);
  double low = (center - spread) / (1 + z * z / shown);
  return shown > 0 ? low : 0;
}

// What is as old as half_life counts half, twice as old a third.
static inline double custom(double clicks, double shown, double age, double half_life) {
  return wilson(clicks, shown) / (1 + age / half_life);
}

double EXPORT(custom_score)(double clicks, double shown, double age, double half_life) {
  return custom(clicks, shown, age, half_life);
}

// rows, a pointer for each column, and one for the results.
void EXPORT(custom_score_batch)(int rows, const double *clicks, const double *shown, const double *age, const double *half_life,
                                double *restrict score) {
  for (int i = 0; i < rows; i++) score[i] = custom(clicks[i], shown[i], age[i], half_life[i]);
}

// DreamQL asks for room for columns here. Nothing is freed: an instance that has grown much is replaced.
extern char __heap_base;
static char *top = &__heap_base;

char *EXPORT(alloc)(unsigned size) {
  char *at = top;
  top += (size + 7) & ~7u;
  unsigned long pages = ((unsigned long)top + 65535) >> 16, have = __builtin_wasm_memory_size(0);
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (unsigned long)-1) __builtin_trap();
  return at;
}
