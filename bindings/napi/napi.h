// The one place that includes the Node-API.
#pragma once

#include <napi.h>
