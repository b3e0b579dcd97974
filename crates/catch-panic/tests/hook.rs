//! What the program's own panic hook hears. The hook is the process's, so this test has a process of its own.

use std::panic;
use std::sync::Mutex;
use std::thread;

use dftective_catch_panic::catch_panic;

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn heard() -> Vec<String> {
    std::mem::take(&mut HEARD.lock().unwrap())
}

#[test]
fn only_panics_that_are_not_caught_here_reach_it() {
    panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&str>().copied();
        HEARD.lock().unwrap().push(text.unwrap_or_default().to_owned());
    }));

    catch_panic(|| panic!("caught")).unwrap_err();
    assert!(heard().is_empty());

    // Inside, after a panic caught further inside, too.
    let outer = catch_panic(|| {
        catch_panic(|| panic!("inner")).unwrap_err();
        panic!("outer");
    });
    assert_eq!(
        outer.map_err(|panic| panic.message),
        Err::<(), _>("outer".to_owned())
    );
    assert!(heard().is_empty());

    // Those of others, meanwhile and afterwards.
    catch_panic(|| thread::spawn(|| panic!("another thread's")).join().unwrap_err()).unwrap();
    assert_eq!(heard(), ["another thread's"]);
    panic::catch_unwind(|| panic!("not ours")).unwrap_err();
    assert_eq!(heard(), ["not ours"]);
}
