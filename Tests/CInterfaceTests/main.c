/* Runs the tests of the C interface against the shared library: all of them, or those whose name
 * matches the first argument, such as "test_fork" or "*weights*". */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "support.h"

enum { LIMIT_SECONDS = 900 }; /* a hang must not last; many times what a slow machine needs */

int main(int argument_count, char **arguments) {
  static int (*const groups[])(void) = {
      run_library_tests, run_options_tests, run_null_tests, run_layer_tests,
      run_model_tests, run_weights_tests, run_label_tests, run_file_tests,
      run_session_tests, run_corruption_tests, run_sweep_tests, run_trainer_tests,
      run_fit_tests, run_optimizer_tests, run_schedule_tests, run_fit_data_tests,
      run_thread_tests, run_host_tests, run_memory_tests, run_conversion_tests,
      run_feed_forward_tests, run_penalty_tests,
      run_metric_tests, run_checkpoint_tests, run_length_tests,
      run_recurrent_tests, run_whole_tests};
  int failed = 0;
  if (argument_count > 1) cmocka_set_test_filter(arguments[1]);
  alarm(LIMIT_SECONDS);
  for (size_t group = 0; group < COUNT(groups); ++group) failed |= groups[group]() != 0;
  printf("cnnlstm %s, %s: %s\n", cnnlstm_version(), cnnlstm_instruction_set(),
         failed ? "FAILED" : "all tests passed");
  return failed;
}
