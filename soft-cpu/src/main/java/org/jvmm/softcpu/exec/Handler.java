package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/**
 * Executes one decoded instruction: the interpreter's form of its semantics. An abstract class and
 * not an interface, because the one call site that executes everything is megamorphic and a virtual
 * call is the cheaper one there.
 */
public abstract class Handler {
  /**
   * Executes. Registers change only when nothing can fault any more. A jump sets {@link Cpu#rip};
   * everything else leaves it alone.
   */
  public abstract void execute(Cpu cpu, Insn insn);

  /** The semantics of an instruction as a function, for everything that is not specialised. */
  @FunctionalInterface
  public interface Semantics {
    /** Like {@link Handler#execute}. */
    void execute(Cpu cpu, Insn insn);
  }

  /** A handler for a function, with a compiled form of its own. */
  public static Handler of(Semantics semantics) {
    return Specializer.wrap(semantics);
  }
}
