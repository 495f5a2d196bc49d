package org.jvmm.rescue;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One rescue; off unless a recording asks for it. */
@Name("jvmm.Rescue")
@Label("Rescue")
@Category("jvmm")
@Description("An instruction that the accelerator refused, executed by the CPU in Java")
@Enabled(false)
@StackTrace(false)
final class RescueEvent extends Event {
  @Label("vCPU")
  int vcpu;

  @Label("RIP")
  long rip;

  @Label("Instruction")
  @Description("The refused one")
  String instruction;

  @Label("Instructions")
  @Description("Number executed before the state went back")
  int instructions;
}
