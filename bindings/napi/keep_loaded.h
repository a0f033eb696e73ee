#pragma once

namespace kindred::bindings {

// Node unloads an addon with the last worker thread that loaded it; the pool's threads must never lose their code. On
// ELF systems the linker sees to that (-z nodelete, CMakeLists.txt); elsewhere the addon takes a hold on itself that it
// never gives back. Throws ERR_ADDON.
void keep_loaded();

}  // namespace kindred::bindings
