package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.isa.Insn;

/** Lets a vCPU stop before instructions that are not to be executed here. */
public interface Guard {
  /** Lets everything pass. */
  Guard NONE =
      new Guard() {
        @Override
        public boolean concerns(Insn insn) {
          return false;
        }

        @Override
        public boolean passes(Insn insn) {
          return true;
        }
      };

  /** Whether {@link #passes} is asked each time; must not change for an instruction. */
  boolean concerns(Insn insn);

  /** Whether the instruction is executed now; if not, the vCPU stops before it. */
  boolean passes(Insn insn);
}
