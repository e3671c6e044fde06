# shellcheck shell=bash
# The pages, as the toolchain's own reader takes them.

# check_documents FOLDER: has docc convert a copy of the catalogue; a warning fails, as of a page that is not there.
check_documents() {
  local folder=$1 docc
  docc=$(dirname "$(readlink -f "$(command -v swift)")")/docc
  [[ -x $docc ]] || docc=$(command -v docc || true)
  [[ -n $docc ]] || die "there is no docc beside swift" "it is a part of Swift's toolchain: install a whole one"
  # What docc makes of them is looked at by nobody: without the renderer it makes no site.
  # shellcheck disable=SC2154 # scripts/test sets scripts, find_mongod sets python
  run_step "pages" "$folder.log" "mend the links and pages that docc names" \
    "$python" "$scripts/lib/check-documents.py" "$docc" "$PWD/Sources/orderhub/Documentation.docc" "$folder"
}
