package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** Asks a {@link Guard} first. */
final class GuardedHandler extends Handler {
  private final Guard guard;
  private final Handler handler;

  GuardedHandler(Guard guard, Handler handler) {
    this.guard = guard;
    this.handler = handler;
  }

  @Override
  public void execute(Cpu cpu, Insn insn) {
    if (!guard.passes(insn)) {
      throw cpu.io.stop();
    }
    handler.execute(cpu, insn);
  }
}
