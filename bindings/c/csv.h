/* A table of numbers read from a CSV file: one sample a line, separated by commas.
 * Lines that are empty or start with '#' are skipped; a line may end in LF or CR LF. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>

typedef struct csv_table {
  float *values; /* [row_count][column_count] */
  char **labels; /* [row_count] the first field of every line; NULL if read without labels */
  size_t row_count;
  size_t column_count; /* values of a row, its label not counted; the same in all rows */
} csv_table;

/* Reads a file and returns 1; or prints to stderr what is wrong in which line, and returns 0 and an
 * empty table. */
int csv_read(csv_table *table, const char *path, int has_labels);

/* Gives the memory back; an empty (zeroed) table is fine. */
void csv_free(csv_table *table);

#endif
