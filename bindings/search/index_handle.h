// The handle of a packed catalogue, for the families that search in it.
#pragma once

#include <memory>

#include "kindred/search/index.h"
#include "napi/napi.h"

namespace kindred::bindings {

std::shared_ptr<const VectorIndex> VectorIndexOf(const Napi::Value& value);

}  // namespace kindred::bindings
