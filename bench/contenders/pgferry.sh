# pgferry; PGFERRY names the program. VACUUM (ANALYZE) is a part of its transfer.
: "${PGFERRY:=pgferry}"
c_clone() {
  phase transfer
  "$PGFERRY" transfer --source "$SRC_URI" --target "$TGT_URI" --dir "$WORK/run" --until copied --jobs "$JOBS"
  # Until then its own schema stands on the target.
  phase finish
  "$PGFERRY" finish --source "$SRC_URI" --target "$TGT_URI" --dir "$WORK/run"
}
c_verify() {
  "$PGFERRY" verify --still --source "$SRC_URI" --target "$TGT_URI" --dir "$WORK/run"
}
