/* worker THREADS: answers a line at a time, until the input ends.
 *
 *   inference FOLDER DTYPE BATCH    prepares predictions; "ok VARIANT"
 *   training FOLDER BATCH           prepares training, see open_training; "ok VARIANT"
 *   run UNTIMED TIMED               "ok" and the seconds of each timed prediction or epoch
 *   outputs PATH                    writes the outputs as float32; "ok"
 *   limits DTYPE                    "ok", multiply-adds and bytes read a second, of one core
 *
 * Any other answer is "ended" and a text, and the program ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void run_once(task *task) {
  if (task->trainer != NULL)
    train_epoch(task, 1);
  else if (task->session != NULL)
    predict(task);
  else
    fail("run", "nothing is prepared");
}

static void run(task *task, int untimed, int timed) {
  double *const times = malloc((size_t)timed * sizeof *times);
  if (times == NULL) fail("out of memory", "times");
  for (int at = -untimed; at < timed; at++) {
    const double start = seconds();
    run_once(task);
    if (at >= 0) times[at] = seconds() - start;
  }
  printf("ok");
  for (int at = 0; at < timed; at++) printf(" %.9f", times[at]);
  printf("\n");
  free(times);
}

static void answer(task *task, int32_t threads, const char *line) {
  char folder[256], dtype[32];
  int untimed, timed;
  long batch;
  if (sscanf(line, "inference %255s %31s %ld", folder, dtype, &batch) == 3) {
    close_task(task);
    *task = open_inference(folder, dtype, batch, threads);
    printf("ok %s\n", cnnlstm_instruction_set());
  } else if (sscanf(line, "training %255s %ld", folder, &batch) == 2) {
    close_task(task);
    *task = open_training(folder, batch, threads);
    printf("ok %s\n", cnnlstm_instruction_set());
  } else if (sscanf(line, "run %d %d", &untimed, &timed) == 2 && untimed >= 0 && timed > 0) {
    run(task, untimed, timed);
  } else if (sscanf(line, "outputs %255s", folder) == 1) {
    write_array(task->outputs, folder);
    printf("ok\n");
  } else if (sscanf(line, "limits %31s", dtype) == 1) {
    printf("ok %.0f %.0f\n", multiply_add_limit(dtype), read_limit());
  } else {
    fail("no such request", strtok((char *)line, "\n"));
  }
}

int main(int count, char **arguments) {
  char line[600];
  task current = {0};
  const int32_t threads = count == 2 ? (int32_t)atoi(arguments[1]) : 1;
  while (fgets(line, sizeof line, stdin) != NULL) {
    answer(&current, threads, line);
    fflush(stdout);
  }
  close_task(&current);
  return 0;
}
