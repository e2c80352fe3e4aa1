/* The header compiles alone as C99, and may be included twice. */
#include <cnnlstm.h>
#include <cnnlstm.h>

typedef char status_is_four_bytes[sizeof(cnnlstm_status) == 4 ? 1 : -1];
