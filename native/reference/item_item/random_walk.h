// Three-step random walks by dense matrices, in double.
#pragma once

#include "kindred/item_item/random_walk.h"

namespace kindred::reference {

Csr walk_weights(const CsrView& by_user, const WalkOptions& options);

}  // namespace kindred::reference
