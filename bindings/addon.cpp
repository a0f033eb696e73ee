// The addon's entry: one Environment per Node environment, then every family.
#include "families.h"
#include "napi/abort_flag.h"
#include "napi/environment.h"

namespace kindred::bindings {
namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment(env));
  exports.Set("AbortFlag", AbortFlagObject::Define(env));
  ExportBackend(env, exports);
  ExportBootstrap(env, exports);
  ExportCsr(env, exports);
  ExportPooling(env, exports);
  ExportRanks(env, exports);
  ExportSgd(env, exports);
  ExportSimilarity(env, exports);
  ExportIndex(env, exports);
  ExportLinear(env, exports);
  ExportAls(env, exports);
  ExportKnn(env, exports);
  ExportEase(env, exports);
  ExportWalk(env, exports);
  ExportGfcf(env, exports);
  ExportSlim(env, exports);
  ExportSvd(env, exports);
  ExportDistill(env, exports);
  ExportWordPiece(env, exports);
  ExportDevice(env, exports);
  ExportCuda(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(kindred, Init)

}  // namespace kindred::bindings
