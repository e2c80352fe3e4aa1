/* How the example programs report what the library refused. */
#ifndef FAILURE_H
#define FAILURE_H

#include <cnnlstm.h>
#include <stdio.h>

/* 1 if status is CNNLSTM_OK; else prints the library's text to stderr and returns 0. */
static int succeeded(cnnlstm_status status) {
  char text[1024] = "";
  if (status == CNNLSTM_OK) return 1;
  cnnlstm_last_error(text, sizeof text);
  fprintf(stderr, "%s (%s)\n", text, cnnlstm_status_name(status));
  return 0;
}

#endif
