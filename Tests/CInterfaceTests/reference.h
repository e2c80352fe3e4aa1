/* The forward pass of a model in plain loops of doubles, by its options and weights: slow, and as
 * near to Keras's definitions as C can be. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <cnnlstm.h>

/* Output of one sample, in memory that the caller frees. */
double *reference_output(const cnnlstm_model *model, const float *inputs, int64_t length);

#endif
