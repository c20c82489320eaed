# Reads the results of test runs (trx) and tells of each failed test in a few lines: its name, what it said, and where.
function text(s) {
  gsub(/&#xD;/, "", s); gsub(/&#xA;/, " ", s); gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&apos;/, "'", s); gsub(/&amp;/, "\\&", s)
  return s
}
function say(s) { if (++said <= 8) print "    " substr(text(s), 1, 300) }

/<UnitTestResult / {
  failed = /outcome="Failed"/
  if (!failed) next
  name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name)
  print "FAILED " text(name)
  said = 0
}
!failed { next }
/<Message>/ { telling = 1; sub(/.*<Message>/, "") }
telling {
  last = sub(/<\/Message>.*/, "")
  if ($0 !~ /^[ \t]*$/) say($0)
  if (last) telling = 0
  next
}
# Of the stack the first line in a test's source.
/ in .*\/tests\/.*:line [0-9]+/ && said < 100 { sub(/.* in /, ""); sub(/<\/StackTrace>.*/, ""); print "    at " text($0); said = 100 }
/<\/UnitTestResult>/ { failed = 0 }
