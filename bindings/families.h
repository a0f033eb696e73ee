// One entry per operation family; each is a file of its own here and a header in native/include/kindred.
#pragma once

#include "napi/napi.h"

namespace kindred::bindings {

void ExportBackend(Napi::Env env, Napi::Object exports);
void ExportBootstrap(Napi::Env env, Napi::Object exports);
void ExportCsr(Napi::Env env, Napi::Object exports);
void ExportAls(Napi::Env env, Napi::Object exports);
void ExportCuda(Napi::Env env, Napi::Object exports);
void ExportDevice(Napi::Env env, Napi::Object exports);
void ExportDistill(Napi::Env env, Napi::Object exports);
void ExportEase(Napi::Env env, Napi::Object exports);
void ExportGfcf(Napi::Env env, Napi::Object exports);
void ExportIndex(Napi::Env env, Napi::Object exports);
void ExportKnn(Napi::Env env, Napi::Object exports);
void ExportLinear(Napi::Env env, Napi::Object exports);
void ExportPooling(Napi::Env env, Napi::Object exports);
void ExportRanks(Napi::Env env, Napi::Object exports);
void ExportSgd(Napi::Env env, Napi::Object exports);
void ExportSimilarity(Napi::Env env, Napi::Object exports);
void ExportSlim(Napi::Env env, Napi::Object exports);
void ExportSvd(Napi::Env env, Napi::Object exports);
void ExportWalk(Napi::Env env, Napi::Object exports);
void ExportWordPiece(Napi::Env env, Napi::Object exports);

}  // namespace kindred::bindings
