package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.isa.Insn;

/** Chooses the handler of a decoded instruction. */
@FunctionalInterface
public interface Binder {
  /** The handler. */
  Handler bind(Insn insn);

  /** One function for all forms; it looks at the instruction when it runs. */
  static Binder of(Handler.Semantics semantics) {
    Handler handler = Handler.of(semantics);
    return insn -> handler;
  }
}
