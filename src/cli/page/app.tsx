import type { Session } from '../ui/protocol.ts';
import { Header } from './header.tsx';
import { KeysPage } from './keys-page.tsx';
import { FailureNote } from './notes.tsx';
import { useLoad } from './use-load.ts';

/** The page, once the server has said whose it is. */
export function App() {
  const { value: session, failure } = useLoad<Session>('/api/session');
  if (session) return <KeysPage session={session} />;
  return (
    <>
      <Header session={undefined} state="none" />
      <main class="alone">
        <h1>Access keys</h1>
        {failure ? (
          <NotOpen cause={failure.cause} remedy={failure.remedy} />
        ) : (
          <p role="status">Asking the cluster …</p>
        )}
      </main>
    </>
  );
}

function NotOpen({ cause, remedy }: { readonly cause: string; readonly remedy: string | undefined }) {
  if (cause !== 'this browser has not opened the page') return <FailureNote failure={{ cause, remedy }} />;
  return (
    <>
      <p>This page opens by a link from your terminal, and the link works once. Get a new one:</p>
      <pre class="command">kubectl accesskey ui</pre>
    </>
  );
}
