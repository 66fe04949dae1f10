// The editor replaces the textarea. The textarea stays the form's field, with the same text.

// `language` is the chosen option: what the editor has to know of a language is in its data.
export function makeEditor(textarea, language) {
  const ace = window.ace;
  if (!ace) return null;
  // The content security policy allows styles from files only, and no workers.
  ace.config.set("useStrictCSP", true);
  ace.config.set("basePath", new URL("../django_ace/ace/", import.meta.url).href);
  const place = document.createElement("div");
  place.className = "editor";
  textarea.before(place);
  textarea.hidden = true;
  const editor = ace.edit(place, {
    value: textarea.value,
    useWorker: false,
    showPrintMargin: false,
    fontSize: 14,
    minLines: innerWidth < 700 ? 12 : 24,
    maxLines: 40,
    tabSize: 4,
    useSoftTabs: true,
    scrollPastEnd: 0,
    highlightGutterLine: true,
    enableKeyboardAccessibility: true, // Esc, then Tab, leaves the editor; Enter returns to it
  });
  editor.setTheme({ cssClass: "ace-site", cssText: "", isDark: false });
  editor.textInput.setAriaOptions({ setLabel: true });
  editor.textInput.getElement().setAttribute("aria-label", "Program");
  editor.session.on("change", () => {
    textarea.value = editor.getValue();
    textarea.dispatchEvent(new Event("input"));
  });
  const setLanguage = ({ dataset }) => {
    editor.session.setMode(`ace/mode/${dataset.mode}`);
    editor.session.setTabSize(Number(dataset.tabSize));
  };
  setLanguage(language);
  return { editor, setLanguage };
}
