# pgferry; PGFERRY names the program. VACUUM (ANALYZE) is a part of its transfer.
: "${PGFERRY:=pgferry}"
RUN=(--source "$SRC_URI" --target "${TGT_URI:-}" --dir "$WORK/run")
c_clone() {
  phase transfer
  "$PGFERRY" transfer "${RUN[@]}" --until copied --jobs "$JOBS"
  # Until then its own schema stands on the target.
  phase finish
  "$PGFERRY" finish "${RUN[@]}"
}
c_verify() {
  "$PGFERRY" verify "${RUN[@]}" --still --jobs "$JOBS"
}
