package org.jvmm.rescue;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jvmm.softcpu.isa.Disassembler;
import org.jvmm.softcpu.isa.Insn;

/** One rescue; off unless a recording asks for it. */
@Name("jvmm.Rescue")
@Label("Rescue")
@Category("jvmm")
@Description(
    "Execution in Java, from an instruction on that the accelerator refused, or from where the guest"
        + " left an accelerator that is an emulator")
@Enabled(false)
@StackTrace(false)
final class RescueEvent extends Event {
  @Label("vCPU")
  int vcpu;

  @Label("RIP")
  long rip;

  @Label("Instruction")
  @Description("The first one")
  String instruction;

  @Label("Instructions")
  @Description("Number executed before the state went back, or until the end")
  long instructions;

  /** One that begins, or null if nobody records. */
  static RescueEvent of(int vcpu, long rip, Insn insn) {
    if (insn == null || !FlightRecorder.isInitialized()) {
      return null;
    }
    RescueEvent event = new RescueEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.vcpu = vcpu;
    event.rip = rip;
    event.instruction = Disassembler.intel(insn, rip);
    event.begin();
    return event;
  }

  /** Ends one that has begun. */
  static void end(RescueEvent event, long executed) {
    if (event != null) {
      event.instructions = executed;
      event.commit();
    }
  }
}
