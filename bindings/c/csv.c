#include "csv.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file being read: its current line, and the capacities behind the table's arrays. */
typedef struct reader {
  FILE *file;
  const char *path;
  size_t line_number; /* from 1 */
  char *line;         /* without its end */
  size_t line_capacity;
  size_t value_capacity;
  size_t label_capacity;
} reader;

/* Prints "path:line: text" and returns 0. */
static int refuse(const reader *input, const char *format, ...) {
  va_list arguments;
  fprintf(stderr, "%s:%zu: ", input->path, input->line_number);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  return 0;
}

/* Makes room for one more element behind count of them: memory, moved if need be, or NULL with a
 * message, and memory is then as it was. */
static void *grown(const reader *input, void *memory, size_t *capacity, size_t count,
                   size_t element_size) {
  size_t wanted = *capacity > 0 ? 2 * *capacity : 256;
  void *larger = NULL;
  if (count < *capacity) return memory;
  if (wanted <= SIZE_MAX / 2 / element_size) larger = realloc(memory, wanted * element_size);
  if (larger) *capacity = wanted;
  if (!larger) refuse(input, "out of memory");
  return larger;
}

/* Appends a byte to the line of length; 0 if there is no memory. */
static int append_byte(reader *input, size_t length, char byte) {
  char *line = grown(input, input->line, &input->line_capacity, length, 1);
  if (!line) return 0;
  input->line = line;
  line[length] = byte;
  return 1;
}

/* Reads a line without its end. Returns 0 on failure; *at_end becomes 1 behind the last line. */
static int read_line(reader *input, int *at_end) {
  size_t length = 0;
  int byte = getc(input->file);
  input->line_number += 1;
  *at_end = byte == EOF;
  for (; byte != EOF && byte != '\n'; byte = getc(input->file)) {
    if (byte == 0) return refuse(input, "a zero byte: the file must be text");
    if (!append_byte(input, length++, (char)byte)) return 0;
  }
  if (ferror(input->file)) return refuse(input, "the file cannot be read");
  return append_byte(input, length, '\0');
}

/* A text without the blanks around it, cut in place. */
static char *trimmed(char *text) {
  char *end = text + strlen(text);
  while (end > text && strchr(" \t\r", end[-1])) --end;
  *end = '\0';
  return text + strspn(text, " \t");
}

/* Takes the field at *text, up to the comma, which *text is moved behind; NULL behind the last. */
static char *next_field(char **text) {
  char *field = *text, *comma = strchr(field, ',');
  if (comma) *comma = '\0';
  *text = comma ? comma + 1 : NULL;
  return trimmed(field);
}

/* A finite decimal number: rounded to double, then to float, as NumPy does. */
static int parse_number(const char *text, float *number) {
  char *end;
  double value = strtod(text, &end);
  if (!*text || *end || text[strspn(text, "+-.0123456789eE")]) return 0;
  if (!(fabs(value) <= FLT_MAX)) return 0;
  *number = (float)value;
  return 1;
}

/* Puts the numbers of a text, NULL for none, behind the table's last row. */
static int append_values(csv_table *table, reader *input, char *text) {
  size_t first = table->row_count * table->column_count, count = 0;
  while (text) {
    const char *field = next_field(&text);
    float *values = grown(input, table->values, &input->value_capacity, first + count,
                          sizeof *values);
    if (!values) return 0;
    table->values = values;
    if (!parse_number(field, &values[first + count])) {
      return refuse(input, "value %zu must be a finite number, such as -1.5e3, but is \"%.40s\"",
                    count + 1, field);
    }
    count += 1;
  }
  if (count == 0) return refuse(input, "there must be values behind the label");
  if (table->row_count > 0 && count != table->column_count) {
    return refuse(input, "%zu values, but the lines before have %zu: all must have as many", count,
                  table->column_count);
  }
  table->column_count = count;
  return 1;
}

static int append_label(csv_table *table, reader *input, const char *label) {
  char **labels;
  if (!*label) return refuse(input, "the line must start with a label, but that is empty");
  labels = grown(input, table->labels, &input->label_capacity, table->row_count, sizeof *labels);
  if (!labels) return 0;
  table->labels = labels;
  labels[table->row_count] = malloc(strlen(label) + 1);
  if (!labels[table->row_count]) return refuse(input, "out of memory");
  strcpy(labels[table->row_count], label);
  return 1;
}

static int read_rows(csv_table *table, reader *input, int has_labels) {
  int at_end = 0;
  for (;;) {
    char *text, *label = NULL;
    if (!read_line(input, &at_end)) return 0;
    if (at_end) break;
    text = input->line;
    if (input->line_number == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3;
    text = trimmed(text);
    if (*text == '\0' || *text == '#') continue;
    if (has_labels) label = next_field(&text);
    if (!append_values(table, input, text)) return 0;
    if (label && !append_label(table, input, label)) return 0;
    table->row_count += 1;
  }
  if (table->row_count == 0) return refuse(input, "the file has no samples");
  return 1;
}

int csv_read(csv_table *table, const char *path, int has_labels) {
  const csv_table empty = {NULL, NULL, 0, 0};
  reader input = {NULL, NULL, 0, NULL, 0, 0, 0};
  int read;
  *table = empty;
  input.path = path;
  input.file = fopen(path, "rb");
  if (!input.file) {
    fprintf(stderr, "%s: the file cannot be opened\n", path);
    return 0;
  }
  read = read_rows(table, &input, has_labels);
  fclose(input.file);
  free(input.line);
  if (!read) csv_free(table);
  return read;
}

void csv_free(csv_table *table) {
  const csv_table empty = {NULL, NULL, 0, 0};
  size_t row;
  for (row = 0; table->labels && row < table->row_count; ++row) free(table->labels[row]);
  free(table->labels);
  free(table->values);
  *table = empty;
}
