package org.jvmm.softcpu.exec;

/**
 * A group of instructions whose semantics stand together. A new family is one class that implements
 * this and one entry in {@link Bindings#FAMILIES}.
 */
@FunctionalInterface
public interface Family {
  /** What binds a mnemonic of the instruction table, or null if it is not of this family. */
  Binder binder(String mnemonic);
}
