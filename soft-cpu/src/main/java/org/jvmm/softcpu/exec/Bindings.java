package org.jvmm.softcpu.exec;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;

/**
 * From the instruction table to execution: which handler a decoded instruction gets. Bound row by
 * row when a row is first seen.
 */
final class Bindings {
  static final List<Family> FAMILIES =
      List.of(
          new Arithmetic(),
          new Transfer(),
          new Branches(),
          new FarBranches(),
          new SystemControl(),
          new PortIo(),
          new FloatingPoint(),
          new StateMoves(),
          new VectorMoves(),
          new PackedIntegers(),
          new PackedFloats(),
          new Conversions(),
          new PackedExtensions(),
          new StringCompare(),
          new Aes(),
          new Sha());

  /** What the bytes of an instruction meant before its feature existed, if not #UD. */
  private static final Map<String, String> OLDER = Map.of("tzcnt", "bsf", "lzcnt", "bsr");

  private static final Handler UNDEFINED =
      Handler.of(
          (c, in) -> {
            throw c.ud();
          });

  private static final Handler NOT_ALLOWED =
      Handler.of(
          (c, in) -> {
            throw c.gp(0);
          });

  private static final AtomicReferenceArray<Binder> BY_ROW =
      new AtomicReferenceArray<>(OpTable.size());

  private Bindings() {}

  /** The handler; rights that the mode decides are settled here. */
  static Handler handler(Cpu cpu, Insn insn) {
    Op op = insn.op;
    if (!op.feature.isEmpty() && !cpu.cpuid.has(op.feature)) {
      String older = OLDER.get(op.mnemonic);
      return older == null ? UNDEFINED : find(older).bind(insn);
    }
    if (op.has(Op.PRIVILEGED) && !insn.in(Mode.KERNEL) && insn.in(Mode.PROTECTED | Mode.VM86)) {
      return NOT_ALLOWED;
    }
    Binder binder = BY_ROW.get(op.id);
    if (binder == null) {
      binder = find(op.mnemonic);
      BY_ROW.set(op.id, binder);
    }
    return binder.bind(insn);
  }

  private static Binder find(String mnemonic) {
    Binder binder = bound(mnemonic);
    return binder != null ? binder : insn -> UNDEFINED;
  }

  /** What binds a mnemonic, or null if no family does. */
  static Binder bound(String mnemonic) {
    for (Family family : FAMILIES) {
      Binder binder = family.binder(mnemonic);
      if (binder != null) {
        return binder;
      }
    }
    return null;
  }
}
