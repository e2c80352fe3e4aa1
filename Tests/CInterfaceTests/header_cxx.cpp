// The header compiles alone as C++, and its functions have C linkage.
#include <cnnlstm.h>
#include <cnnlstm.h>

extern "C" const char *cnnlstm_version(void);

static_assert(sizeof(cnnlstm_status) == 4, "a status is four bytes");
