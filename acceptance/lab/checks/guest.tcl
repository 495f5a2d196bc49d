# How the checks talk to a guest: start it, wait for its lines, ask its shell, see the exit status.
# Seconds: long, for a boot takes 20 on a quiet host, and the lab's host may be busy.
set timeout 180
# TCG's SVM does not intercept XSETBV (QEMU 7.2): KVM does not learn of a guest's XCR0 and enters the guest with its own idea of it,
# so guests of the lab, jvmm's and QEMU's alike, live without XSAVE.
set cpu {-cpu host,-xsave}
set lab [file dirname [file dirname [file normalize [info script]]]]
match_max 100000
fconfigure stdout -buffering none

# Ends the check; what still runs tells first where its threads are.
proc fail {why} {
  global spawn_id
  puts "\nFAIL: $why"
  if {![catch {exec kill -QUIT [exp_pid]}]} {
    set timeout 5
    expect eof {}
  }
  exit 1
}
proc skip {why} { puts "\n$why"; exit 77 }

# Starts a program on a terminal of its own.
proc start {args} {
  global spawn_id
  puts "> [join $args]"
  spawn -noecho {*}$args
}

# Starts jvmm as a user does, on the default java. VMM names another command in QEMU's manner, to try the checks themselves.
proc jvmm {args} {
  global lab env cpu
  set command [list java -jar $lab/jvmm.jar {*}$cpu]
  if {[info exists env(VMM)]} { set command $env(VMM) }
  start {*}$command {*}$args
}

# Waits for a text.
proc see {text} {
  global timeout
  expect {
    -ex $text { return }
    timeout { fail "no '$text' in $timeout s" }
    eof { fail "ended before '$text'" }
  }
}

# The one-line answer of the guest's shell to a command. A line that a kernel message tore apart, or that came while the guest
# had nobody to read it, is asked for again; answers bear the question's number.
set question 0
proc ask {command} {
  global question
  incr question
  set timeout 20
  for {set attempt 0} {$attempt < 6} {incr attempt} {
    send "echo \"<$question:\$($command)>\"\r"
    expect {
      -re "\n<$question:(\[^\r\n]*)>\r" { return $expect_out(1,string) }
      timeout { puts "\n(asked again)" }
      eof { fail "ended at '$command'" }
    }
  }
  fail "no answer to '$command' in 120 s"
}

# The guest's shell is up: init's line or the prompt, for a kernel message can tear a line. Kernel messages stay off the console
# from here on.
proc shell {} {
  global timeout
  expect {
    -re {jvmm: init|jvmm:~# } {}
    timeout { fail "no shell in $timeout s" }
    eof { fail "ended before the shell" }
  }
  ask "dmesg -n 1"
}

# The program ends by itself with this status.
proc ends {status} {
  global timeout spawn_id
  expect {
    eof {}
    timeout { fail "still running after $timeout s" }
  }
  lassign [wait] pid id failed code
  if {$failed != 0 || $code != $status} { fail "exit status $code, wanted $status" }
  puts "\nexit status $code"
}

proc same {what got wanted} { if {$got ne $wanted} { fail "$what: got '$got', wanted '$wanted'" } }
